import {
  HEADROOM_OCTETS,
  IPV4_MAX_PACKET_OCTETS,
  IPV4_MIN_HEADER_OCTETS,
  isUnspecified,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { hasSourceRoute } from '../options/ipv4-options.ts';
import { recorderFor, withOwnEntry } from '../options/own-entry.ts';
import { dropOf } from '../outcomes.ts';
import { send } from '../output/send.ts';
import { isDrop, type NetworkDrop } from '../reasons.ts';
import { findPath, type NoPath, type Path } from '../routing/paths.ts';
import { buildProbe, PROBE_PROTOCOLS, type ProbeChoice } from './build-probe.ts';
import { checkProbe } from './check-probe.ts';
import type { ProbeRequest } from './probe.ts';
import { keyOf, tableOf } from './probe-state.ts';
import { keepProbe, MAX_OPEN_PROBES } from './probe-table.ts';
import { tellNotSent } from './tell-probe.ts';

/** Transport takes its own ports from `ip_local_port_range`, which ends below. */
const FIRST_SOURCE_PORT = 61_000;
const LAST_SOURCE_PORT = 65_535;

const NO_PATH: Readonly<Record<NoPath, readonly [NetworkDrop, string]>> = {
  'no route': ['IP_OUTNOROUTES', 'ENETUNREACH'],
  unreachable: ['strata/ROUTE_UNREACHABLE', 'EHOSTUNREACH'],
  prohibit: ['strata/ROUTE_PROHIBITED', 'EACCES'],
  blackhole: ['strata/ROUTE_BLACKHOLE', 'EINVAL'],
};

/**
 * Sends a probe of an existing session. A probe that cannot be sent has an event that says why.
 * Throws NetworkError NETWORK_BAD_PROBE where a field is out of range.
 */
export function sendProbe(
  context: NetworkContext,
  session: number,
  request: ProbeRequest,
  nowMs: number,
): void {
  const { interfaces } = context;
  const interfaceIndex = checkProbe(context, request);
  const { source, destination, sequence } = request;
  const refuse = (reason: NetworkDrop, error: string, mtu = 0) => {
    dropOf(context, undefined, reason);
    tellNotSent(context, session, sequence, error, mtu);
  };
  if (!isUnspecified(source) && !interfaces.isOwn(source)) {
    return refuse('strata/NOT_OWN_SOURCE', 'EADDRNOTAVAIL');
  }
  if (interfaces.addressTypeOf(destination) === 'broadcast' && !request.allowBroadcast) {
    return refuse('strata/PROBE_REFUSED', 'EACCES');
  }
  if (context.probes.open >= MAX_OPEN_PROBES) return refuse('strata/PROBE_REFUSED', 'ENOBUFS');
  const path = findPath(context, source, destination, interfaceIndex, nowMs);
  if (typeof path === 'string') return refuse(...NO_PATH[path]);
  const choice = choose(context, session, request, path);
  const segment = buildProbe(context, request, choice, path.mtu, nowMs);
  const { options, fragmentation } = request;
  const totalOctets = IPV4_MIN_HEADER_OCTETS + options.byteLength + segment.byteLength;
  if (totalOctets > IPV4_MAX_PACKET_OCTETS) return refuse('strata/TOO_LONG', 'EMSGSIZE');
  const mtu = fragmentation === 'probe' ? path.interface.mtu : path.mtu;
  const isStrict = fragmentation === 'do' || fragmentation === 'probe';
  if (isStrict && totalOctets > mtu) return refuse('PKT_TOO_BIG', 'EMSGSIZE', mtu);
  const outcome = send(
    context,
    {
      kind: 'send',
      source: choice.source,
      destination,
      protocol: PROBE_PROTOCOLS[request.kind],
      ttl: request.ttl,
      tos: request.tos,
      dontFragment: isStrict || (fragmentation === 'want' && totalOctets <= mtu),
      interfaceIndex,
      segment,
      headroomOctets: HEADROOM_OCTETS,
      segmentSize: 0,
      checksum: 'complete',
      trace: undefined,
    },
    nowMs,
    options.byteLength > 0
      ? withOwnEntry(options, recorderFor(context, choice.source, nowMs))
      : undefined,
    fragmentation === 'probe',
  );
  // Only an address that must not leave the host is left: 127.0.0.1 on a link.
  if (isDrop(outcome)) return tellNotSent(context, session, sequence, 'EINVAL', 0);
  countSent(context, request);
  keepProbe(context, {
    session,
    sequence,
    kind: request.kind,
    key: keyFor(request, choice),
    source: choice.source,
    destination,
    isSourceRouted: hasSourceRoute(options),
    octets: request.octets,
    pattern: request.pattern.slice(),
    tcpSequence: choice.tcpSequence,
    sentMs: nowMs,
    deadlineMs: nowMs + request.timeoutMs,
    isOpen: true,
    isTimedOut: false,
    answers: 0,
    errors: 0,
  });
}

function choose(
  context: NetworkContext,
  session: number,
  request: ProbeRequest,
  path: Path,
): ProbeChoice {
  return {
    source: isUnspecified(request.source) ? path.source : request.source,
    identifier: request.identifier || session,
    sourcePort: sourcePortFor(context, request),
    tcpSequence: Math.floor(context.random() * 2 ** 32),
  };
}

function keyFor({ kind, sequence, destinationPort }: ProbeRequest, choice: ProbeChoice): number {
  return kind === 'udp' || kind === 'tcp'
    ? keyOf(kind, choice.sourcePort, destinationPort)
    : keyOf(kind, choice.identifier, sequence);
}

/** A port that no other probe to the same port uses, from a random one on; if none is free, any. */
function sourcePortFor(context: NetworkContext, request: ProbeRequest): number {
  const { kind, sourcePort, destinationPort } = request;
  if (sourcePort !== 0 || (kind !== 'udp' && kind !== 'tcp')) return sourcePort;
  const ports = LAST_SOURCE_PORT - FIRST_SOURCE_PORT + 1;
  const first = Math.floor(context.random() * ports);
  const table = tableOf(context.probes, kind);
  for (let tried = 0; tried < ports; tried += 1) {
    const port = FIRST_SOURCE_PORT + ((first + tried) % ports);
    if (!table.has(keyOf(kind, port, destinationPort))) return port;
  }
  return FIRST_SOURCE_PORT + first;
}

function countSent({ counters }: NetworkContext, { kind }: ProbeRequest): void {
  counters.StrataProbesSent += 1;
  if (kind === 'udp' || kind === 'tcp') return;
  counters.IcmpOutMsgs += 1;
  if (kind === 'echo') counters.IcmpOutEchos += 1;
  else if (kind === 'timestamp') counters.IcmpOutTimestamps += 1;
  else counters.IcmpOutAddrMasks += 1;
}
