/** Multicast groups of UDP sockets: what each wants, and what network is told (RFC 3376 2). */
import { formatIpv4, type IpAddress, isMulticastIpv4 } from '@strata/wire';
import { dropUdp, tookUdp } from '../outcomes.ts';
import type { TransportRequest } from '../pdu.ts';
import type { CloseReason } from '../tcp/state/socket.ts';
import type { UdpContext } from './udp-context.ts';
import type { UdpGroup, UdpSocketState } from './udp-socket.ts';

/** Network forgets what it is not told again: it, or this layer, may have been started anew. */
const REPEAT_MS = 10_000;

type SetGroup = Extract<TransportRequest, { kind: 'set-group' }>;

/** Sets what the socket wants of a group. */
export function setGroup(
  udp: UdpContext,
  state: UdpSocketState,
  request: SetGroup,
  nowMs: number,
): void {
  const refusal = check(udp, state, request);
  if (refusal !== undefined) return refuse(udp, state, request, refusal);
  const { group, interfaceAddress, mode, sources } = request;
  const listed = sources.map(({ address }) => address);
  const wanted: UdpGroup = { group, interfaceAddress, mode, sources: listed };
  const others = state.groups.filter((other) => !isSame(other, request));
  state.groups = mode === 'exclude' || listed.length > 0 ? [...others, wanted] : others;
  tookUdp(udp);
  tellNetwork(udp, state, wanted);
  udp.sockets.repeatAtMs = Math.min(udp.sockets.repeatAtMs, nowMs + REPEAT_MS);
}

/** The socket closes: it leaves its groups. */
export function leaveGroups(udp: UdpContext, state: UdpSocketState): void {
  for (const { group, interfaceAddress } of state.groups) {
    tellNetwork(udp, state, { group, interfaceAddress, mode: 'include', sources: [] });
  }
}

/** Tells network again what all sockets want, where that is due. */
export function repeatGroups(udp: UdpContext, nowMs: number): void {
  const { sockets } = udp;
  if (nowMs < sockets.repeatAtMs) return;
  sockets.repeatAtMs = Infinity;
  for (const state of sockets.all()) {
    for (const wanted of state.groups) {
      sockets.repeatAtMs = nowMs + REPEAT_MS;
      tellNetwork(udp, state, wanted);
    }
  }
}

/**
 * Whether the socket takes a datagram to a group. A socket that has not joined the group itself
 * takes what others have joined, as on Linux, where IP_MULTICAST_ALL is on by default.
 */
export function takesFrom(
  udp: UdpContext,
  state: UdpSocketState,
  group: IpAddress,
  interfaceIndex: number,
  source: IpAddress,
): boolean {
  for (const wanted of state.groups) {
    if (wanted.group !== group) continue;
    const index = udp.addresses.interfaceOf(wanted.interfaceAddress);
    if (index !== 0 && index !== interfaceIndex) continue;
    return (wanted.mode === 'include') === wanted.sources.includes(source);
  }
  return true;
}

function check(
  udp: UdpContext,
  state: UdpSocketState,
  request: SetGroup,
): readonly [CloseReason, string] | undefined {
  const { group, sources } = request;
  const { igmp_max_memberships, igmp_max_msf } = udp.sysctl;
  if (!isMulticastIpv4(group)) {
    return ['invalid', `${formatIpv4(group)} is no multicast group (224.0.0.0/4)`];
  }
  const isNew = !state.groups.some((other) => isSame(other, request));
  if (isNew && state.groups.length >= igmp_max_memberships) {
    return ['no buffers', `${igmp_max_memberships} groups at most (igmp_max_memberships)`];
  }
  if (sources.length > igmp_max_msf) {
    return ['no buffers', `${igmp_max_msf} sources at most (igmp_max_msf)`];
  }
  return undefined;
}

const isSame = (
  one: Pick<UdpGroup, 'group' | 'interfaceAddress'>,
  other: Pick<UdpGroup, 'group' | 'interfaceAddress'>,
) => one.group === other.group && one.interfaceAddress === other.interfaceAddress;

function refuse(
  udp: UdpContext,
  { socket, endpoint }: UdpSocketState,
  { group, trace }: SetGroup,
  [reason, detail]: readonly [CloseReason, string],
): void {
  dropUdp(udp, 'strata/REFUSED');
  const remote = { address: group, port: 0 };
  udp.indicate({ kind: 'error', socket, endpoint, trace, reason, remote, detail });
}

function tellNetwork(udp: UdpContext, { socket }: UdpSocketState, wanted: UdpGroup): void {
  const { group, interfaceAddress, mode, sources } = wanted;
  udp.emit({
    kind: 'group',
    socket,
    group,
    interfaceAddress,
    mode,
    sources: sources.map((address) => ({ address })),
  });
}
