import type { LinkUnreachableIndication } from '@strata/link';
import {
  ICMP_DESTINATION_UNREACHABLE,
  ICMP_HOST_UNREACHABLE,
  Ipv4Packet,
  isParseError,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { sendUnreachable } from '../icmp/icmp-errors.ts';
import { untranslated } from '../nat/translate-error.ts';
import { done, drop } from '../outcomes.ts';
import { OWN_QUOTE_OCTETS } from '../own-errors.ts';
import { takeProbeError } from '../probe/take-probe-error.ts';
import type { NetworkOutcome } from '../reasons.ts';

/**
 * ARP got no answer: reports host unreachable to the sender of the packet (RFC 1122 2.3.2.2,
 * 3.2.2.1).
 */
export function handleUnreachable(
  context: NetworkContext,
  indication: LinkUnreachableIndication,
  nowMs: number,
): NetworkOutcome {
  const packet = Ipv4Packet.parse(indication.packet);
  if (isParseError(packet)) return drop(context, 'strata/UNREACHABLE_NOT_OURS');
  const isOurs = context.interfaces.isOwn(packet.source);
  const asItCame = indication.isForwarded ? untranslated(context, packet, nowMs) : undefined;
  if (indication.isForwarded === true && (!isOurs || asItCame !== undefined)) {
    // RFC 1812 5.2.7.1: the sender of a forwarded packet is told, as a local one is.
    const outcome = done(context, 'delivered', 'strata/FORWARD_UNREACHABLE');
    const { bytes } = asItCame ?? packet;
    const offender = { packet: bytes, cast: 'unicast', trace: undefined } as const;
    sendUnreachable(context, ICMP_HOST_UNREACHABLE, offender, nowMs);
    return outcome;
  }
  if (!isOurs || packet.fragmentOffsetOctets !== 0) {
    return drop(context, 'strata/UNREACHABLE_NOT_OURS');
  }
  const { source, destination, protocol, payload } = packet;
  const error = { type: ICMP_DESTINATION_UNREACHABLE, code: ICMP_HOST_UNREACHABLE };
  if (takeProbeError(context, packet, error, undefined, nowMs)) {
    return done(context, 'delivered', 'strata/ICMP_ERROR');
  }
  context.protocols.handleError({
    kind: 'error',
    reporter: source,
    ...error,
    mtu: 0,
    protocol,
    source,
    destination,
    quoted: payload.subarray(0, OWN_QUOTE_OCTETS),
  });
  return done(context, 'delivered', 'strata/ICMP_ERROR');
}
