/** How long a flow is remembered: the defaults of Linux's nf_conntrack_*_timeout. */
import { type Ipv4Packet, PROTOCOL_ICMP, PROTOCOL_TCP } from '@strata/wire';
import type { FlowMatch, NatFlow, TcpFlags } from './flow-table.ts';

const ICMP_MS = 30_000;
const UDP_MS = 30_000;
/** Both sides have sent. */
const UDP_STREAM_MS = 120_000;
const TCP_SYN_SENT_MS = 120_000;
const TCP_SYN_RECEIVED_MS = 60_000;
/** RFC 5382 REQ-5 asks for 2 h 4 min at least. */
const TCP_ESTABLISHED_MS = 432_000_000;
/** One side or both have sent FIN. */
const TCP_CLOSING_MS = 120_000;
const TCP_RESET_MS = 10_000;

const FIN = 0x01;
const RST = 0x04;
const ACK = 0x10;

/** Flags of neither side yet. Undefined: the protocol is not TCP. */
export function noFlags(protocol: number): NatFlow['tcp'] {
  const none = (): TcpFlags => ({ fin: false, rst: false, ack: false });
  return protocol === PROTOCOL_TCP ? [none(), none()] : undefined;
}

/** Notes a packet of the flow, and how long the flow is remembered from now on. */
export function keepAlive({ flow, isReply }: FlowMatch, packet: Ipv4Packet, nowMs: number): void {
  if (isReply) flow.hasReply = true;
  if (flow.tcp !== undefined) noteFlags(flow.tcp[isReply ? 1 : 0], packet);
  flow.expiresAtMs = nowMs + lifetimeMs(flow);
}

function noteFlags(flags: TcpFlags, packet: Ipv4Packet): void {
  const octet = packet.bytes[packet.headerOctets + 13] ?? 0;
  flags.fin ||= (octet & FIN) !== 0;
  flags.rst ||= (octet & RST) !== 0;
  flags.ack ||= (octet & ACK) !== 0;
}

function lifetimeMs({ tcp, hasReply, original: { protocol } }: NatFlow): number {
  if (protocol === PROTOCOL_ICMP) return ICMP_MS;
  if (tcp === undefined) return hasReply ? UDP_STREAM_MS : UDP_MS;
  const [near, far] = tcp;
  if (near.rst || far.rst) return TCP_RESET_MS;
  if (near.fin || far.fin) return TCP_CLOSING_MS;
  if (!hasReply) return near.ack ? TCP_ESTABLISHED_MS : TCP_SYN_SENT_MS;
  return near.ack ? TCP_ESTABLISHED_MS : TCP_SYN_RECEIVED_MS;
}
