import { type AddressType, ICMP_REASSEMBLY_TIME_EXCEEDED, type Ipv4Packet } from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { addFragment, expireReassembly } from '../fragments/reassembly.ts';
import { sendProtocolUnreachable, sendTimeExceeded } from '../icmp/icmp-errors.ts';
import { drop } from '../outcomes.ts';
import type { NetworkOutcome } from '../reasons.ts';
import type { Arrival } from './arrival.ts';

/** Delivers a packet that is for this stack; a fragment when its datagram is complete. */
export function deliver(
  context: NetworkContext,
  packet: Ipv4Packet,
  cast: AddressType,
  arrival: Arrival,
  nowMs: number,
): NetworkOutcome {
  if (!packet.isFragment) return dispatch(context, packet, cast, arrival, nowMs);
  const whole = addFragment(context, packet, cast, arrival, nowMs);
  if (typeof whole === 'string') return whole;
  return dispatch(context, whole.packet, whole.cast, whole, nowMs);
}

/** Gives up datagrams that wait too long for their fragments, and tells their senders. */
export function giveUpLateDatagrams(context: NetworkContext, nowMs: number): void {
  for (;;) {
    const givenUp = expireReassembly(context, nowMs);
    if (givenUp === undefined) return;
    const { first: packet, cast, trace } = givenUp;
    // Without the first fragment there is nothing to quote (RFC 792).
    if (packet) {
      sendTimeExceeded(context, ICMP_REASSEMBLY_TIME_EXCEEDED, { packet, cast, trace }, nowMs);
    }
  }
}

/** Passes a whole packet to the protocol above. */
function dispatch(
  context: NetworkContext,
  packet: Ipv4Packet,
  cast: AddressType,
  arrival: Arrival,
  nowMs: number,
): NetworkOutcome {
  const protocol = context.protocols.get(packet.protocol);
  if (protocol !== undefined) {
    context.counters.IpInDelivers += 1;
    return protocol.handle(packet, cast, arrival, nowMs);
  }
  const outcome = drop(context, 'IP_NOPROTO');
  const { trace } = arrival;
  sendProtocolUnreachable(context, { packet: packet.bytes, cast, trace }, nowMs);
  return outcome;
}
