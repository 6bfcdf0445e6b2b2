import { formatIpv4, readIpv4 } from '../address.ts';
import { readUint16 } from '../bytes.ts';
import { internetChecksum } from '../checksum.ts';
import * as icmp from '../icmp.ts';
import { IPV4_MIN_HEADER_OCTETS } from '../ipv4.ts';
import { portedProtocol } from '../protocols.ts';
import { truncated } from './options.ts';

const NET = ['net', 'host', 'protocol', 'port'];

/** What is printed for the codes of destination unreachable, behind the unreachable address. */
const UNREACHABLE: Readonly<Record<number, string>> = {
  5: 'source route failed',
  6: 'net unknown',
  7: 'host unknown',
  8: 'source host isolated',
  9: 'net prohibited',
  10: 'host prohibited',
  11: 'net unreachable for tos',
  12: 'host unreachable for tos',
  13: 'admin prohibited filter',
  14: 'host precedence violation',
  15: 'precedence cutoff',
};

const REDIRECTS = ['net', 'host', 'tos and net', 'tos and host'];

/**
 * `ICMP echo request, id 1, seq 1, length 64`, as tcpdump prints it.
 *
 * @param octets octets of the message as the IP header says
 * @param quote how to print the packet that an error quotes; undefined: it is not printed
 */
export function printIcmp(
  bytes: Uint8Array,
  octets: number,
  isFragment: boolean,
  quote: ((packet: Uint8Array) => string) | undefined,
): string {
  if (bytes.byteLength < 2) return `ICMP${truncated('icmp')}`;
  const what = printMessage(bytes);
  if (what === undefined) return `ICMP${truncated('icmp')}`;
  let text = `ICMP ${what}, length ${octets}`;
  const hasAll = bytes.byteLength >= octets;
  if (quote === undefined) return text;
  if (!isFragment && hasAll) {
    const sum = internetChecksum(bytes.subarray(0, octets));
    if (sum !== 0) text += ` (wrong icmp cksum ${readUint16(bytes, 2).toString(16)})`;
  }
  if (!icmp.isIcmpError(bytes[0]!)) return text;
  const quoted = bytes.subarray(icmp.ICMP_HEADER_OCTETS);
  return `${text}\n\t${quoted.byteLength < IPV4_MIN_HEADER_OCTETS ? '[|icmp]' : quote(quoted)}`;
}

function printMessage(bytes: Uint8Array): string | undefined {
  const [type = 0, code = 0] = bytes;
  if (bytes.byteLength < icmp.ICMP_HEADER_OCTETS) return undefined;
  switch (type) {
    case icmp.ICMP_ECHO_REQUEST:
    case icmp.ICMP_ECHO_REPLY: {
      const name = type === icmp.ICMP_ECHO_REQUEST ? 'request' : 'reply';
      return `echo ${name}, id ${readUint16(bytes, 4)}, seq ${readUint16(bytes, 6)}`;
    }
    case icmp.ICMP_DESTINATION_UNREACHABLE:
      return printUnreachable(bytes, code);
    case icmp.ICMP_SOURCE_QUENCH:
      return 'source quench';
    case icmp.ICMP_REDIRECT:
      return printRedirect(bytes, code);
    case icmp.ICMP_TIME_EXCEEDED:
      if (code === 0) return 'time exceeded in-transit';
      return code === 1 ? 'ip reassembly time exceeded' : `time exceeded-#${code}`;
    case icmp.ICMP_PARAMETER_PROBLEM:
      return code === 0
        ? `parameter problem - octet ${bytes[4]}`
        : `parameter problem - code ${code} octet ${bytes[4]}`;
    default:
      return `type-#${type}`;
  }
}

/** Undefined if the quoted header is not complete. */
function printUnreachable(bytes: Uint8Array, code: number): string | undefined {
  const quoted = bytes.subarray(icmp.ICMP_HEADER_OCTETS);
  if (quoted.byteLength < IPV4_MIN_HEADER_OCTETS) return undefined;
  const address = formatIpv4(readIpv4(quoted, 16));
  switch (code) {
    case icmp.ICMP_NET_UNREACHABLE:
    case icmp.ICMP_HOST_UNREACHABLE:
      return `${NET[code]} ${address} unreachable`;
    case icmp.ICMP_PROTOCOL_UNREACHABLE:
      return `${address} protocol ${quoted[9]} unreachable`;
    case icmp.ICMP_PORT_UNREACHABLE: {
      const header = ((quoted[0] ?? 0) & 15) * 4;
      if (quoted.byteLength < header + 4) return undefined;
      const port = readUint16(quoted, header + 2);
      const protocol = quoted[9]!;
      const name = portedProtocol(protocol)?.name.toLowerCase() ?? `protocol ${protocol}`;
      return `${address} ${name} port ${port} unreachable`;
    }
    case icmp.ICMP_FRAGMENTATION_NEEDED: {
      const mtu = readUint16(bytes, 6);
      const limit = mtu === 0 ? '' : ` (mtu ${mtu})`;
      return `${address} unreachable - need to frag${limit}`;
    }
    default: {
      const why = UNREACHABLE[code];
      return why === undefined
        ? `${address} unreachable - #${code}`
        : `${address} unreachable - ${why}`;
    }
  }
}

function printRedirect(bytes: Uint8Array, code: number): string | undefined {
  const quoted = bytes.subarray(icmp.ICMP_HEADER_OCTETS);
  if (quoted.byteLength < IPV4_MIN_HEADER_OCTETS) return undefined;
  const destination = formatIpv4(readIpv4(quoted, 16));
  const gateway = formatIpv4(readIpv4(bytes, 4));
  const kind = REDIRECTS[code] ?? 'net';
  const name = REDIRECTS[code] === undefined ? `redirect-#${code}` : 'redirect';
  return `${name} ${destination} to ${kind} ${gateway}`;
}
