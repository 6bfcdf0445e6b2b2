import {
  ICMP_ADDRESS_MASK_REPLY,
  ICMP_ECHO_REPLY,
  ICMP_TIMESTAMP_REPLY,
  type IcmpMessage,
  type Ipv4Packet,
  isParseError,
  PROTOCOL_TCP,
  TCP_ACK,
  TCP_RST,
  TCP_SYN,
  TcpSegment,
  UdpDatagram,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import type { ProbeEvent, ProbeKind, ProbeOutcome } from './probe.ts';
import { isSameData } from './probe-data.ts';
import { keyOf, type SentProbe } from './probe-state.ts';
import { settle } from './probe-table.ts';
import { tellArrived } from './tell-probe.ts';

const REPLIES: Readonly<Record<number, ProbeKind>> = {
  [ICMP_ECHO_REPLY]: 'echo',
  [ICMP_TIMESTAMP_REPLY]: 'timestamp',
  [ICMP_ADDRESS_MASK_REPLY]: 'address mask',
};

/**
 * Takes an ICMP reply. False: it answers none of our probes. A reply with a wrong checksum is
 * reported too, but it does not count as the answer.
 */
export function takeReply(
  context: NetworkContext,
  packet: Ipv4Packet,
  message: IcmpMessage,
  hasBadChecksum: boolean,
  nowMs: number,
): boolean {
  const kind = REPLIES[message.type];
  if (kind === undefined) return false;
  const { identifier, sequence, payload } = message;
  const probe = context.probes.icmp.get(keyOf(kind, identifier, sequence));
  if (probe === undefined) return false;
  const data = kind === 'echo' ? differingData(probe, payload) : payload.slice();
  if (hasBadChecksum) tellArrived(context, probe, 'reply', packet, { data, hasBadChecksum }, nowMs);
  else answer(context, probe, 'reply', packet, { data }, nowMs);
  return true;
}

/**
 * Takes a datagram or segment. `taken`: it answers a probe, and transport must not see it, since it
 * would answer by port unreachable. `seen`: it answers a SYN; transport refuses it by RST, which
 * ends the peer's half-open connection. `other`: it is for transport alone.
 */
export function takePorted(
  context: NetworkContext,
  packet: Ipv4Packet,
  nowMs: number,
): 'taken' | 'seen' | 'other' {
  return packet.protocol === PROTOCOL_TCP
    ? takeSegment(context, packet, nowMs)
    : takeDatagram(context, packet, nowMs);
}

function takeDatagram(
  context: NetworkContext,
  packet: Ipv4Packet,
  nowMs: number,
): 'taken' | 'other' {
  const datagram = UdpDatagram.parse(packet.payload);
  if (isParseError(datagram)) return 'other';
  const { sourcePort, destinationPort, payload } = datagram;
  const probe = context.probes.ported.get(keyOf('udp', destinationPort, sourcePort));
  if (probe === undefined || !isFromTarget(context, probe, packet)) return 'other';
  const data = differingData(probe, payload);
  answer(context, probe, 'datagram', packet, { data }, nowMs);
  return 'taken';
}

function takeSegment(context: NetworkContext, packet: Ipv4Packet, nowMs: number): 'seen' | 'other' {
  const segment = TcpSegment.parse(packet.payload);
  if (isParseError(segment)) return 'other';
  const { sourcePort, destinationPort, flags, acknowledgment } = segment;
  const probe = context.probes.ported.get(keyOf('tcp', destinationPort, sourcePort));
  if (probe === undefined || !isFromTarget(context, probe, packet)) return 'other';
  const isReset = (flags & TCP_RST) !== 0;
  if (!isReset && (flags & (TCP_SYN | TCP_ACK)) !== (TCP_SYN | TCP_ACK)) return 'other';
  // RFC 9293 3.10.7.3: only what acknowledges the SYN answers it.
  const octets = 1 + probe.octets;
  const acknowledged = (acknowledgment - probe.tcpSequence) >>> 0;
  if (acknowledged < 1 || acknowledged > octets) return 'other';
  answer(context, probe, isReset ? 'reset' : 'syn-ack', packet, {}, nowMs);
  return 'seen';
}

/** A group or broadcast address never answers itself: its members do. */
function isFromTarget({ interfaces }: NetworkContext, probe: SentProbe, packet: Ipv4Packet) {
  const { destination, isSourceRouted } = probe;
  return (
    packet.source === destination ||
    isSourceRouted ||
    interfaces.addressTypeOf(destination) !== 'unicast'
  );
}

function answer(
  context: NetworkContext,
  probe: SentProbe,
  outcome: ProbeOutcome,
  packet: Ipv4Packet,
  more: Partial<ProbeEvent>,
  nowMs: number,
): void {
  const isDuplicate = probe.answers > 0;
  probe.answers += 1;
  settle(context.probes, probe);
  tellArrived(context, probe, outcome, packet, { ...more, isDuplicate }, nowMs);
}

function differingData(probe: SentProbe, payload: Uint8Array): Uint8Array | undefined {
  const { kind, pattern, octets } = probe;
  return isSameData(kind, payload, pattern, octets) ? undefined : payload.slice();
}
