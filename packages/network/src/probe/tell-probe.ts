import { type Ipv4Packet, UNSPECIFIED_IPV4 } from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { recorderFor, withOwnEntry } from '../options/own-entry.ts';
import { dropOf } from '../outcomes.ts';
import type { ProbeEvent, ProbeOutcome } from './probe.ts';
import type { SentProbe } from './probe-state.ts';

/** Events that wait to be polled. Further ones are dropped and counted. */
const MAX_EVENTS = 8192;
const NO_BYTES = new Uint8Array(0);

const NOTHING: ProbeEvent = {
  sequence: 0,
  outcome: 'timeout',
  from: UNSPECIFIED_IPV4,
  ttl: 0,
  tos: 0,
  rttMs: 0,
  octets: 0,
  options: NO_BYTES,
  isDuplicate: false,
  isLate: false,
  type: 0,
  code: 0,
  mtu: 0,
  gateway: UNSPECIFIED_IPV4,
  pointer: 0,
  isLocal: false,
  quoted: NO_BYTES,
  data: undefined,
  hasBadChecksum: false,
  error: '',
};

/** The probe was not sent. `error`: Linux's name. `mtu`: for EMSGSIZE. */
export function tellNotSent(
  context: NetworkContext,
  session: number,
  sequence: number,
  error: string,
  mtu: number,
): void {
  tell(context, session, { ...NOTHING, outcome: 'not sent', sequence, error, mtu });
}

export function tellTimeout(context: NetworkContext, probe: SentProbe): void {
  context.counters.StrataProbeTimeouts += 1;
  tell(context, probe.session, { ...NOTHING, sequence: probe.sequence });
}

/** Something came because of a probe, in `packet`; undefined: the stack itself made it. */
export function tellArrived(
  context: NetworkContext,
  probe: SentProbe,
  outcome: ProbeOutcome,
  packet: Ipv4Packet | undefined,
  more: Partial<ProbeEvent>,
  nowMs: number,
): void {
  tell(context, probe.session, {
    ...NOTHING,
    sequence: probe.sequence,
    outcome,
    rttMs: nowMs - probe.sentMs,
    isLate: probe.isTimedOut,
    ...(packet === undefined ? {} : arrived(context, packet, nowMs)),
    ...more,
  });
}

/** An answer's options have the entry of this host, as Linux's ip_options_compile() records it. */
function arrived(context: NetworkContext, packet: Ipv4Packet, nowMs: number): Partial<ProbeEvent> {
  const { source, destination, ttl, tos, options, payload } = packet;
  return {
    from: source,
    ttl,
    tos,
    octets: payload.byteLength,
    options: withOwnEntry(options, recorderFor(context, destination, nowMs)),
  };
}

function tell(context: NetworkContext, session: number, event: ProbeEvent): void {
  const { events } = context.probes;
  if (events.size < MAX_EVENTS) events.push({ session, event });
  else dropOf(context, undefined, 'strata/ECHO_EVENTS_FULL');
}
