/** Converts probes and what becomes of them to messages of protobufjs, and back. */
import type { ProbeEvent, ProbeRequest } from '@strata/network';
import { ipv4Address, ipv4Bits } from '@strata/wire';
import { checkRange, enumValue, malformed } from '../codec/reader.ts';
import type { ControlRequest } from '../control.ts';
import type { strata } from '../gen/strata.js';

// Each list is in the order of its enum's numbers.
export const PROBE_KINDS: readonly ProbeRequest['kind'][] = [
  'echo',
  'timestamp',
  'address mask',
  'udp',
  'tcp',
];
export const PROBE_FRAGMENTATIONS: readonly ProbeRequest['fragmentation'][] = [
  'want',
  'dont',
  'do',
  'probe',
];
const PROBE_OUTCOMES: readonly ProbeEvent['outcome'][] = [
  'timeout',
  'reply',
  'datagram',
  'syn-ack',
  'reset',
  'icmp error',
  'not sent',
];
const MAX_PROBES = 64;
const MAX_WAIT_MS = 60_000;
const NO_BYTES = new Uint8Array(0);

type ProbeRun = Omit<Extract<ControlRequest, { kind: 'probe' }>, 'kind'>;

export function toProbeRun({
  session,
  probes,
  waitMs,
  end,
}: ProbeRun): strata.v1.ProbeRun.$Properties {
  return { session, probes: probes.map(toProbe), waitMs, end };
}

export function fromProbeRun(message: strata.v1.ProbeRun.$Properties): ProbeRun {
  const probes = message.probes ?? [];
  const waitMs = message.waitMs ?? 0;
  checkRange('probes', probes.length, 0, MAX_PROBES);
  checkRange('wait_ms', waitMs, 0, MAX_WAIT_MS);
  return {
    session: message.session ?? 0,
    probes: probes.map(fromProbe),
    waitMs,
    end: message.end ?? false,
  };
}

function toProbe(probe: ProbeRequest): strata.v1.Probe.$Properties {
  return {
    kind: PROBE_KINDS.indexOf(probe.kind),
    destination: ipv4Bits(probe.destination),
    source: ipv4Bits(probe.source),
    interfaceName: probe.interfaceName,
    ttl: probe.ttl,
    tos: probe.tos,
    fragmentation: PROBE_FRAGMENTATIONS.indexOf(probe.fragmentation),
    octets: probe.octets,
    pattern: probe.pattern,
    options: probe.options,
    sequence: probe.sequence,
    identifier: probe.identifier,
    sourcePort: probe.sourcePort,
    destinationPort: probe.destinationPort,
    timeoutMs: probe.timeoutMs,
    allowBroadcast: probe.allowBroadcast,
  };
}

/** The core checks the ranges. */
function fromProbe(message: strata.v1.Probe.$Properties): ProbeRequest {
  return {
    kind: enumValue('kind', PROBE_KINDS, message.kind ?? 0),
    destination: ipv4Address(message.destination ?? 0),
    source: ipv4Address(message.source ?? 0),
    interfaceName: message.interfaceName ?? '',
    ttl: message.ttl ?? 0,
    tos: message.tos ?? 0,
    fragmentation: enumValue('fragmentation', PROBE_FRAGMENTATIONS, message.fragmentation ?? 0),
    octets: message.octets ?? 0,
    pattern: message.pattern ?? NO_BYTES,
    options: message.options ?? NO_BYTES,
    sequence: message.sequence ?? 0,
    identifier: message.identifier ?? 0,
    sourcePort: message.sourcePort ?? 0,
    destinationPort: message.destinationPort ?? 0,
    timeoutMs: message.timeoutMs ?? 0,
    allowBroadcast: message.allowBroadcast ?? false,
  };
}

export function toProbeEvent(event: ProbeEvent): strata.v1.ProbeEvent.$Properties {
  return {
    sequence: event.sequence,
    outcome: PROBE_OUTCOMES.indexOf(event.outcome),
    from: ipv4Bits(event.from),
    ttl: event.ttl,
    tos: event.tos,
    rttMs: event.rttMs,
    octets: event.octets,
    options: event.options,
    duplicate: event.isDuplicate,
    late: event.isLate,
    icmpType: event.type,
    icmpCode: event.code,
    mtu: event.mtu,
    gateway: ipv4Bits(event.gateway),
    pointer: event.pointer,
    local: event.isLocal,
    quoted: event.quoted,
    data: event.data ?? null,
    badChecksum: event.hasBadChecksum,
    error: event.error,
  };
}

export function fromProbeEvent(message: strata.v1.ProbeEvent.$Properties): ProbeEvent {
  const rttMs = message.rttMs ?? 0;
  if (!(rttMs >= 0)) throw malformed(`rtt_ms is ${rttMs}`);
  return {
    sequence: message.sequence ?? 0,
    outcome: enumValue('outcome', PROBE_OUTCOMES, message.outcome ?? 0),
    from: ipv4Address(message.from ?? 0),
    ttl: message.ttl ?? 0,
    tos: message.tos ?? 0,
    rttMs,
    octets: message.octets ?? 0,
    options: message.options ?? NO_BYTES,
    isDuplicate: message.duplicate ?? false,
    isLate: message.late ?? false,
    type: message.icmpType ?? 0,
    code: message.icmpCode ?? 0,
    mtu: message.mtu ?? 0,
    gateway: ipv4Address(message.gateway ?? 0),
    pointer: message.pointer ?? 0,
    isLocal: message.local ?? false,
    quoted: message.quoted ?? NO_BYTES,
    data: message.data ?? undefined,
    hasBadChecksum: message.badChecksum ?? false,
    error: message.error ?? '',
  };
}
