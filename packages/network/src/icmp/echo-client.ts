import {
  emitIcmp,
  HEADROOM_OCTETS,
  ICMP_ECHO_REQUEST,
  ICMP_HEADER_OCTETS,
  IcmpMessage,
  type Ipv4Packet,
  isParseError,
  PROTOCOL_ICMP,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { NetworkError } from '../errors.ts';
import { dropOf } from '../outcomes.ts';
import { send } from '../output/send.ts';
import type { NetworkErrorIndication } from '../pdu.ts';
import type { NetworkOutcome } from '../reasons.ts';
import type { EchoEvent, EchoRequest, EchoState } from './echo-state.ts';

/** This many identifiers receive replies: those that sent requests last. */
const MAX_IDENTIFIERS = 256;
/** Events that wait to be polled. Further ones are dropped and counted. */
const MAX_EVENTS = 1000;

/**
 * Sends an echo request (RFC 1122 3.2.2.6: a host should offer this to applications). Throws
 * NetworkError NETWORK_BAD_ECHO where a field is out of range.
 */
export function ping(context: NetworkContext, request: EchoRequest, nowMs: number): NetworkOutcome {
  const { identifier, sequence, payload } = request;
  checkRange('identifier', identifier, 0xffff);
  checkRange('sequence', sequence, 0xffff);
  checkRange('payload octets', payload.byteLength, 65507);
  checkRange('ttl', request.ttl ?? 0, 255);
  checkRange('tos', request.tos ?? 0, 255);
  remember(context.echo, identifier);
  const segment = context.allocate(ICMP_HEADER_OCTETS + payload.byteLength);
  segment.set(payload, ICMP_HEADER_OCTETS);
  emitIcmp(segment, ICMP_ECHO_REQUEST, 0, identifier, sequence);
  context.counters.IcmpOutMsgs += 1;
  context.counters.IcmpOutEchos += 1;
  return send(
    context,
    {
      kind: 'send',
      source: request.source ?? UNSPECIFIED_IPV4,
      destination: request.destination,
      protocol: PROTOCOL_ICMP,
      ttl: request.ttl ?? 0,
      tos: request.tos ?? 0,
      dontFragment: request.dontFragment ?? false,
      interfaceIndex: request.interfaceIndex ?? 0,
      segment,
      headroomOctets: HEADROOM_OCTETS,
      segmentSize: 0,
      checksum: 'complete',
      trace: request.trace,
    },
    nowMs,
  );
}

/** Handles a reply. False where none of our requests has its identifier. */
export function handleEchoReply(
  context: NetworkContext,
  packet: Ipv4Packet,
  message: IcmpMessage,
): boolean {
  const { identifier, sequence, payload } = message;
  if (!context.echo.identifiers.has(identifier)) return false;
  const { source, destination, ttl } = packet;
  const kind = 'echo-reply';
  push(context, { kind, source, destination, identifier, sequence, ttl, payload });
  return true;
}

/** Handles an error that quotes an ICMP message of ours. */
export function handleEchoError(context: NetworkContext, error: NetworkErrorIndication): void {
  const message = IcmpMessage.parse(error.quoted);
  if (isParseError(message) || message.type !== ICMP_ECHO_REQUEST) return;
  const { identifier, sequence } = message;
  if (!context.echo.identifiers.has(identifier)) return;
  const { reporter, type, code, mtu, destination } = error;
  push(context, { kind: 'error', reporter, type, code, mtu, destination, identifier, sequence });
}

function push(context: NetworkContext, event: EchoEvent): void {
  if (context.echo.events.size < MAX_EVENTS) context.echo.events.push(event);
  else dropOf(context, undefined, 'strata/ECHO_EVENTS_FULL');
}

function remember({ identifiers }: EchoState, identifier: number): void {
  identifiers.delete(identifier);
  if (identifiers.size >= MAX_IDENTIFIERS) {
    const [oldest] = identifiers;
    identifiers.delete(oldest!);
  }
  identifiers.add(identifier);
}

function checkRange(field: string, value: number, largest: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= largest) return;
  throw new NetworkError('NETWORK_BAD_ECHO', `echo: ${field} ${value} must be 0 to ${largest}`);
}
