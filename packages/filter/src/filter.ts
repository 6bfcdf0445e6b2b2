import { type Captured, type LinkType, Reader } from './capture.ts';
import { Cursor } from './cursor.ts';
import { parseExpression } from './parser.ts';

/** Whether a frame or packet matches. */
export type Filter = (captured: Captured) => boolean;

/**
 * Compiles an expression of pcap-filter(7), such as `tcp port 80 and host 192.0.2.1`. An empty
 * expression matches everything. A read beyond the captured octets makes the whole filter false, as
 * in the kernel's BPF.
 *
 * Supported: the protocols ether, ip, arp, rarp, ip6, tcp, udp, icmp, igmp and others by name;
 * `host`, `net`, `port`, `portrange`, `proto` with `src` and `dst`; `broadcast`, `multicast`,
 * `less`, `greater`, `inbound`, `outbound`; octets of headers and arithmetic, `tcp[tcpflags] &
 * tcp-syn != 0`; `and`, `or`, `not`. Host names are not looked up. IPv6 addresses are not
 * supported.
 *
 * @param linkType what captures begin with; default: an Ethernet header
 * @throws FilterError with the position of the error
 */
export function compileFilter(expression: string, linkType: LinkType = 'ethernet'): Filter {
  const cursor = new Cursor(expression, linkType);
  if (cursor.isAtEnd) return () => true;
  const { test } = parseExpression(cursor);
  if (!cursor.isAtEnd) throw cursor.error('expected and, or or the end');
  const reader = new Reader(linkType);
  return (captured) => {
    reader.look(captured);
    const holds = test(reader);
    return holds && !reader.failed;
  };
}
