import {
  ICMP_DESTINATION_UNREACHABLE,
  ICMP_FRAGMENTATION_NEEDED,
  ICMP_PARAMETER_PROBLEM,
  type IcmpMessage,
  Ipv4Packet,
  isParseError,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { LOOPBACK_INDEX } from '../interfaces.ts';
import { done, drop } from '../outcomes.ts';
import { takeProbeError } from '../probe/take-probe-error.ts';
import type { NetworkOutcome } from '../reasons.ts';
import { believesReports, lowerPathMtu } from '../routing/path-mtu.ts';
import { findPath } from '../routing/paths.ts';
import { plateauBelow } from '../routing/route-exceptions.ts';

/** RFC 792: an error quotes the header and at least 8 octets behind it. */
export const MIN_QUOTED_PAYLOAD_OCTETS = 8;

/** Passes an error up to the protocol that sent the quoted packet (RFC 1122 3.2.2). */
export function takeError(
  context: NetworkContext,
  packet: Ipv4Packet,
  message: IcmpMessage,
  nowMs: number,
): NetworkOutcome {
  const { interfaces } = context;
  const quoted = Ipv4Packet.parseQuoted(message.payload);
  if (isParseError(quoted) || quoted.payload.byteLength < MIN_QUOTED_PAYLOAD_OCTETS) {
    return drop(context, 'HDR_TRUNC');
  }
  // Only a packet that we sent can be at fault. Only a first fragment has the ports or the
  // identifier that tell its owner.
  const isOurs = interfaces.isOwn(quoted.source) && quoted.fragmentOffsetOctets === 0;
  if (!isOurs || interfaces.addressTypeOf(quoted.destination) !== 'unicast') {
    return drop(context, 'strata/ICMP_NOT_OURS');
  }
  const { type, code } = message;
  let mtu = 0;
  if (type === ICMP_DESTINATION_UNREACHABLE && code === ICMP_FRAGMENTATION_NEEDED) {
    const isOff = context.sysctl.ip_no_pmtu_disc === 1;
    if (!isOff && !believesReports(context, quoted.protocol)) {
      return drop(context, 'strata/PATH_MTU_IGNORED');
    }
    mtu = reportedPathMtu(context, quoted, message.nextHopMtu, nowMs);
    if (mtu === 0) {
      return drop(context, 'strata/PATH_MTU_IMPLAUSIBLE');
    }
  }
  const pointer = type === ICMP_PARAMETER_PROBLEM ? message.pointer : 0;
  if (takeProbeError(context, quoted, { type, code, mtu, pointer }, packet, nowMs)) {
    // A probe was in flight: that confirms the report for any protocol.
    if (mtu > 0) lowerPathMtu(context, quoted.source, quoted.destination, mtu, nowMs);
    return done(context, 'delivered', 'strata/ICMP_ERROR');
  }
  context.protocols.handleError({
    kind: 'error',
    reporter: packet.source,
    type,
    code,
    mtu,
    protocol: quoted.protocol,
    source: quoted.source,
    destination: quoted.destination,
    quoted: quoted.payload,
  });
  return done(context, 'delivered', 'strata/ICMP_ERROR');
}

/**
 * The path MTU from now on (RFC 1191 3, 5), or 0 where the report cannot be right. For TCP and
 * UDP it is the reported one: only transport knows whether the quoted packet was ever sent (RFC
 * 5927 7.2).
 */
function reportedPathMtu(
  context: NetworkContext,
  quoted: Ipv4Packet,
  reportedMtu: number,
  nowMs: number,
): number {
  const { sysctl } = context;
  const { source, destination, protocol, totalOctets } = quoted;
  const path = findPath(context, source, destination, 0, nowMs);
  if (typeof path === 'string' || path.interface.index === LOOPBACK_INDEX) return 0;
  const isOff = sysctl.ip_no_pmtu_disc === 1;
  const mtu = isOff ? 0 : reportedMtu || plateauBelow(totalOctets);
  // A link stops only packets with DF that are larger than its MTU.
  if (!isOff && (!quoted.dontFragment || mtu >= totalOctets)) return 0;
  if (!isOff && context.protocols.get(protocol)?.confirmsPathMtu) return mtu;
  return lowerPathMtu(context, source, destination, mtu, nowMs);
}
