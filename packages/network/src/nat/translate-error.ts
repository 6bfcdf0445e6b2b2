/** ICMP errors about packets of translated flows (RFC 3022 4.3, RFC 5508 REQ-4 and 5). */
import {
  emitIcmp,
  emitIpv4Checksum,
  IcmpMessage,
  Ipv4Packet,
  isParseError,
  readUint16,
  rewriteDestination,
  rewriteSource,
  setDestination,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import type { FlowMatch } from './flow-table.ts';
import type { NatState } from './nat-state.ts';
import type { Translation } from './translation.ts';
import { inverse, tupleOf } from './tuple.ts';

/**
 * Brings an ICMP error to the host whose packet it quotes, and the quote back to what that host has
 * sent, in place. Undefined: it is about no translated flow.
 */
export function translateErrorIn(
  nat: NatState,
  packet: Ipv4Packet,
  nowMs: number,
): Translation | undefined {
  const message = IcmpMessage.parse(packet.payload);
  // A message whose checksum is wrong would get a right one.
  if (isParseError(message) || !message.hasValidChecksum()) return undefined;
  const quoted = Ipv4Packet.parseQuoted(message.payload);
  const match = isParseError(quoted) ? undefined : matchOfSent(nat, quoted, nowMs);
  if (match === undefined || isParseError(quoted)) return undefined;
  const { flow, isReply } = match;
  restore(quoted, match);
  setDestination(packet.bytes, (isReply ? flow.original : flow.reply).source.address);
  emitIpv4Checksum(packet.bytes);
  const { bytes, type, code } = message;
  emitIcmp(bytes, type, code, readUint16(bytes, 4), readUint16(bytes, 6));
  return { match, isNew: false, isError: true };
}

/**
 * A copy of a packet of ours to send, as its sender has sent it; undefined: it is of no translated
 * flow.
 */
export function untranslated(
  { nat }: NetworkContext,
  packet: Ipv4Packet,
  nowMs: number,
): Ipv4Packet | undefined {
  const match = nat && matchOfSent(nat, packet, nowMs);
  if (match === undefined) return undefined;
  const copy = Ipv4Packet.parse(packet.bytes.slice());
  if (isParseError(copy)) return undefined;
  restore(copy, match);
  return copy;
}

/** The flow and direction of the answers to a packet that this router has sent. */
function matchOfSent(nat: NatState, sent: Ipv4Packet, nowMs: number): FlowMatch | undefined {
  const tuple = tupleOf(sent);
  return tuple && nat.flows.find(inverse(tuple), nowMs);
}

/** Gives a packet that was sent the tuple that it came with. `isReply`: of its answers. */
function restore({ bytes }: Ipv4Packet, { flow, isReply }: FlowMatch): void {
  const { source, destination } = isReply ? flow.original : flow.reply;
  rewriteSource(bytes, source, 'complete');
  rewriteDestination(bytes, destination, 'complete');
}
