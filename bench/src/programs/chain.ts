import { type Channel, networkIndicationChannel, networkRequestChannel } from '@strata/contract';
import { PROTOCOL_TCP, parseIpv4 } from '@strata/wire';

/** The kind of the contract's messages that pass through the chain. */
export type ChainPdu = 'request' | 'indication';

/**
 * TCP data in each PDU: 11 segments. This is the most that a super-segment of transport holds
 * (16,384 octets).
 */
export const PAYLOAD_OCTETS = 11 * 1448;
/** TCP's header with timestamps. */
const TCP_HEADER_OCTETS = 32;
const IPV4_HEADER_OCTETS = 20;

/**
 * A request to this subject gives a number of seconds. The source sends for that time, and then
 * answers.
 */
export const RUN_SUBJECT = 'bench.run';
/** The sink reports on this subject how many messages it has received. */
export const TAKEN_SUBJECT = 'bench.taken';

export function subjectOf(hop: number): string {
  return `bench.hop.${hop}`;
}

const ends = { source: parseIpv4('192.0.2.2')!, destination: parseIpv4('192.0.2.1')! };
const segment = new Uint8Array(TCP_HEADER_OCTETS + PAYLOAD_OCTETS).fill(115);
const fields = { ...ends, protocol: PROTOCOL_TCP, ttl: 64, tos: 0, interfaceIndex: 1, segment };
const rest = { segmentSize: 1448, trace: undefined };

/** A batch of one PDU, as the source sends it. */
export function encodePdu(pdu: ChainPdu): Uint8Array {
  return pdu === 'request'
    ? networkRequestChannel('bench').encode([
        {
          kind: 'send',
          ...fields,
          ...rest,
          dontFragment: true,
          headroomOctets: 0,
          checksum: 'partial',
        },
      ])
    : networkIndicationChannel('bench').encode([
        {
          kind: 'segment',
          ...fields,
          ...rest,
          cast: 'unicast',
          header: new Uint8Array(IPV4_HEADER_OCTETS),
          checksum: 'complete',
        },
      ]);
}

/** The channel whose messages a relay decodes and encodes again. */
export function channelOf(pdu: ChainPdu): Channel<unknown> {
  const channel = pdu === 'request' ? networkRequestChannel : networkIndicationChannel;
  return channel('bench') as Channel<unknown>;
}
