import {
  type Arp,
  checksumFold,
  EthernetFrame,
  IcmpMessage,
  type IpAddress,
  Ipv4Packet,
  isParseError,
  type ParseError,
  PROTOCOL_TCP,
  parseArp,
  printTcpFlags,
  pseudoHeaderSum,
  type TcpOptions,
  TcpSegment,
  UdpDatagram,
} from '@strata/wire';
import { type Checker, compareFields, type Expected, mismatch } from './check.ts';

type Fields<View, Names extends keyof View> = {
  readonly [Name in Names]?: Expected<View[Name]> | undefined;
};

function accept<View extends object>(header: string, outcome: View | ParseError): View {
  return isParseError(outcome) ? mismatch(`${header} cannot be read: ${outcome}`) : outcome;
}

/** An Ethernet header. */
export function ethernet(
  fields: Fields<EthernetFrame, 'source' | 'destination' | 'etherType'> = {},
): Checker {
  return (bytes) => {
    const frame = accept('ethernet', EthernetFrame.parse(bytes));
    compareFields('ethernet', frame, fields);
    return frame.payload;
  };
}

/** An ARP packet. Padding of zeros may follow. */
export function arp(fields: Fields<Arp, keyof Arp> = {}): Checker {
  return (bytes) => {
    compareFields('arp', accept('arp', parseArp(bytes)), fields);
    if (bytes.subarray(28).some((octet) => octet !== 0)) mismatch('arp: padding is not zero');
    return bytes.subarray(28, 28);
  };
}

/** An IPv4 header with a valid checksum. */
export function ipv4(
  fields: Fields<
    Ipv4Packet,
    | 'source'
    | 'destination'
    | 'protocol'
    | 'ttl'
    | 'tos'
    | 'identification'
    | 'dontFragment'
    | 'moreFragments'
    | 'fragmentOffsetOctets'
    | 'headerOctets'
    | 'options'
  > = {},
): Checker {
  return (bytes, context) => {
    const packet = accept('ipv4', Ipv4Packet.parse(bytes));
    if (!packet.hasValidChecksum()) mismatch('ipv4: header checksum is wrong');
    compareFields('ipv4', packet, fields);
    context.source = packet.source;
    context.destination = packet.destination;
    return packet.payload;
  };
}

/** An ICMP message with a valid checksum. Its payload is the echo data or the quoted packet. */
export function icmp(
  fields: Fields<
    IcmpMessage,
    'type' | 'code' | 'identifier' | 'sequence' | 'nextHopMtu' | 'pointer' | 'rest'
  > = {},
): Checker {
  return (bytes) => {
    const message = accept('icmp', IcmpMessage.parse(bytes));
    if (!message.hasValidChecksum()) mismatch('icmp: checksum is wrong');
    compareFields('icmp', message, fields);
    return message.payload;
  };
}

/** A UDP header with a valid checksum. */
export function udp(
  fields: Fields<UdpDatagram, 'sourcePort' | 'destinationPort' | 'checksum'> = {},
): Checker {
  return (bytes, context) => {
    const datagram = accept('udp', UdpDatagram.parse(bytes));
    if (!datagram.hasValidChecksum(context.source, context.destination)) {
      mismatch('udp: checksum is wrong');
    }
    compareFields('udp', datagram, fields);
    return datagram.payload;
  };
}

/** The expected fields of a TCP header. */
export interface TcpFields
  extends Fields<
    TcpSegment,
    | 'sourcePort'
    | 'destinationPort'
    | 'sequence'
    | 'acknowledgment'
    | 'window'
    | 'urgentPointer'
    | 'headerOctets'
  > {
  /** The flags in tcpdump's notation, in any order: `S`, `S.`, `P.`, `R.`. */
  readonly flags?: string | undefined;
  /** All options. */
  readonly options?: Expected<TcpOptions> | undefined;
  /** State of the checksum: default `complete`. */
  readonly checksum?: 'complete' | 'partial' | undefined;
}

/** A TCP header with a valid checksum. */
export function tcp(fields: TcpFields = {}): Checker {
  return (bytes, context) => {
    const { flags, checksum, ...rest } = fields;
    const segment = accept('tcp', TcpSegment.parse(bytes));
    checkTcpChecksum(segment, context.source, context.destination, checksum ?? 'complete');
    compareFields('tcp', segment, rest);
    const letters = printTcpFlags(segment.flags);
    if (flags !== undefined && sorted(letters) !== sorted(flags)) {
      mismatch(`tcp.flags is [${letters}], not [${flags}]`);
    }
    return segment.payload;
  };
}

function checkTcpChecksum(
  segment: TcpSegment,
  source: IpAddress,
  destination: IpAddress,
  state: 'complete' | 'partial',
): void {
  if (state === 'complete') {
    if (!segment.hasValidChecksum(source, destination)) mismatch('tcp: checksum is wrong');
    return;
  }
  const octets = segment.bytes.byteLength;
  const sum = checksumFold(pseudoHeaderSum(source, destination, PROTOCOL_TCP, octets));
  if (segment.checksum !== sum) mismatch('tcp: partial checksum is not that of the pseudo-header');
}

function sorted(letters: string): string {
  return letters === 'none' ? '' : [...letters].sort().join('');
}

/** The rest: these octets, this ASCII text, or this number of octets. */
export function payload(expected: Uint8Array | string | number): Checker {
  return (bytes) => {
    if (typeof expected === 'number') {
      if (bytes.byteLength !== expected) {
        mismatch(`payload has ${bytes.byteLength} octets, not ${expected}`);
      }
      return bytes;
    }
    const wanted =
      typeof expected === 'string'
        ? Uint8Array.from(expected, (one) => one.charCodeAt(0))
        : expected;
    const at = firstDifference(bytes, wanted);
    if (at !== undefined) {
      const lengths = `${bytes.byteLength} octets, not ${wanted.byteLength}`;
      mismatch(
        bytes.byteLength === wanted.byteLength
          ? `payload differs at octet ${at}: ${bytes[at]}, not ${wanted[at]}`
          : `payload has ${lengths}; it differs from octet ${at} on`,
      );
    }
    return bytes;
  };
}

function firstDifference(a: Uint8Array, b: Uint8Array): number | undefined {
  const octets = Math.max(a.byteLength, b.byteLength);
  for (let at = 0; at < octets; at += 1) if (a[at] !== b[at]) return at;
  return undefined;
}
