import { formatIpv4, readIpv4 } from '../address.ts';
import { readUint16 } from '../bytes.ts';
import {
  ICMP_DESTINATION_UNREACHABLE,
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMP_FRAGMENTATION_NEEDED,
  ICMP_HEADER_OCTETS,
  ICMP_PARAMETER_PROBLEM,
  ICMP_REDIRECT,
  ICMP_SOURCE_QUENCH,
  ICMP_TIME_EXCEEDED,
  isIcmpError,
} from '../icmp.ts';

const UNREACHABLE = [
  'net unreachable',
  'host unreachable',
  'protocol unreachable',
  'port unreachable',
  'need to frag',
  'source route failed',
  'net unknown',
  'host unknown',
  'source host isolated',
  'net prohibited',
  'host prohibited',
  'net unreachable for tos',
  'host unreachable for tos',
  'admin prohibited',
  'host precedence violation',
  'precedence cutoff',
];
const REDIRECT = ['net', 'host', 'tos and net', 'tos and host'];
const TIME_EXCEEDED = ['time exceeded in-transit', 'ip reassembly time exceeded'];

/**
 * Describes an ICMP message: `ICMP echo request, id 1, seq 1, length 64`. `describeQuoted`
 * describes the packet that an error quotes.
 */
export function describeIcmp(
  bytes: Uint8Array,
  messageOctets: number,
  describeQuoted: (packet: Uint8Array) => string,
): string {
  if (bytes.byteLength < ICMP_HEADER_OCTETS) return 'ICMP [truncated]';
  const type = bytes[0]!;
  const reading = `ICMP ${describeType(bytes, type, bytes[1]!)}, length ${messageOctets}`;
  if (!isIcmpError(type)) return reading;
  return `${reading}, about (${describeQuoted(bytes.subarray(ICMP_HEADER_OCTETS))})`;
}

function describeType(bytes: Uint8Array, type: number, code: number): string {
  switch (type) {
    case ICMP_ECHO_REQUEST:
    case ICMP_ECHO_REPLY: {
      const name = type === ICMP_ECHO_REQUEST ? 'request' : 'reply';
      return `echo ${name}, id ${readUint16(bytes, 4)}, seq ${readUint16(bytes, 6)}`;
    }
    case ICMP_DESTINATION_UNREACHABLE: {
      const name = UNREACHABLE[code] ?? `unreachable #${code}`;
      return code === ICMP_FRAGMENTATION_NEEDED
        ? `unreachable - ${name} (mtu ${readUint16(bytes, 6)})`
        : name;
    }
    case ICMP_SOURCE_QUENCH:
      return 'source quench';
    case ICMP_REDIRECT:
      return `redirect to ${REDIRECT[code] ?? `#${code}`} ${formatIpv4(readIpv4(bytes, 4))}`;
    case ICMP_TIME_EXCEEDED:
      return TIME_EXCEEDED[code] ?? `time exceeded #${code}`;
    case ICMP_PARAMETER_PROBLEM:
      return `parameter problem - octet ${bytes[4]}`;
    default:
      return `type-#${type}, code ${code}`;
  }
}
