import type { Cursor } from './cursor.ts';
import { ScriptUnsupportedError } from './errors.ts';
import { icmpTypeAndCode } from './icmp-names.ts';
import { ecnOf, flagOf } from './packet-words.ts';
import { parseTcpOptionList } from './parse-options.ts';
import type {
  Direction,
  IcmpPacketAction,
  IpExpectation,
  PacketAction,
  Ports,
  TcpPacketAction,
  UdpPacketAction,
} from './script.ts';

export function isPacketStart(cursor: Cursor): boolean {
  return cursor.sees('<') || cursor.sees('>');
}

/**
 * A packet, such as `< S. 0:0(0) ack 1 win 65535 <mss 1460>`, `> udp (100)` or `< icmp unreachable
 * frag_needed mtu 1200 [1:1461(1460)]`.
 */
export function parsePacket(cursor: Cursor): PacketAction {
  const { line } = cursor;
  const direction = cursor.next().text === '<' ? 'in' : 'out';
  refuseTunnels(cursor);
  const ip = parseIp(cursor);
  const start = { kind: 'packet', line, direction, ip } as const;
  if (cursor.take('icmp')) return parseIcmp(cursor, start);
  if (cursor.take('udp')) return parseUdp(cursor, start);
  return parseTcp(cursor, start);
}

type Start = Pick<PacketAction, 'kind' | 'line' | 'direction' | 'ip'> & { direction: Direction };

function refuseTunnels(cursor: Cursor): void {
  for (const name of ['ipv4', 'ipv6', 'gre', 'GREv0', 'mpls', 'encap']) {
    if (cursor.sees(name)) {
      throw new ScriptUnsupportedError(cursor.line, `packets within packets (${name})`);
    }
  }
}

/** `[ect0]`, `(tos 0x28)`, `[ttl 64]` */
function parseIp(cursor: Cursor): IpExpectation {
  const close = cursor.sees('[') ? ']' : ')';
  if (!cursor.take('[') && !cursor.take('(')) return {};
  const name = cursor.expectKind('word', 'an IP field').text;
  let ip: IpExpectation;
  const ecn = ecnOf(name);
  if (ecn !== undefined) ip = { ecn };
  else if (name === 'tos') ip = { tos: Number(cursor.expectKind('hex', 'a TOS octet').text) };
  else if (name === 'ttl') ip = { ttl: cursor.number('a TTL', 255) };
  else throw new ScriptUnsupportedError(cursor.line, `the IP field ${name}`);
  cursor.expect(close);
  return ip;
}

function parsePorts(cursor: Cursor): Ports | undefined {
  const behind = cursor.peek(1);
  if (cursor.peek().kind !== 'integer' || behind.kind !== 'mark' || behind.text !== '>') {
    return undefined;
  }
  const source = cursor.number('a port', 0xffff);
  cursor.expect('>');
  return { source, destination: cursor.number('a port', 0xffff) };
}

function parseTcp(cursor: Cursor, start: Start): TcpPacketAction {
  const ports = parsePorts(cursor);
  const flags = parseFlags(cursor);
  const { seq, payloadOctets } = parseRange(cursor);
  const ack = cursor.take('ack') ? cursor.number('an acknowledgment') : 0;
  const window = cursor.take('win') ? cursor.number('a window', 0xffff) : undefined;
  const urgentPointer = cursor.take('urg') ? cursor.number('an urgent pointer', 0xffff) : 0;
  const options = parseTcpOptionList(cursor, start.direction);
  if (start.direction === 'in' && window === undefined) {
    throw cursor.error('an inbound packet has to have a window (win)');
  }
  return {
    ...start,
    protocol: 'tcp',
    ports,
    flags,
    seq,
    payloadOctets,
    ack,
    window,
    urgentPointer,
    options,
  };
}

function parseFlags(cursor: Cursor): number {
  let text = '';
  while (cursor.peek().kind !== 'integer') {
    const token = cursor.next();
    if (token.kind === 'float') {
      throw new ScriptUnsupportedError(token.line, 'AccECN flags');
    }
    if (token.kind !== 'word' && token.kind !== 'mark') throw cursor.unexpected('TCP flags');
    text += token.text;
  }
  let flags = 0;
  for (const letter of text) {
    const bit = flagOf(letter);
    if (bit !== undefined) flags |= bit;
    else if (/[A0-7]/.test(letter)) throw new ScriptUnsupportedError(cursor.line, 'AccECN flags');
    else throw cursor.error(`unknown TCP flag ${letter}`);
  }
  return flags;
}

/** `1:1001(1000)` */
function parseRange(cursor: Cursor): { seq: number; payloadOctets: number } {
  const seq = cursor.number('a sequence number');
  cursor.expect(':');
  const end = cursor.number('a sequence number');
  cursor.expect('(');
  const payloadOctets = cursor.number('a number of octets', 0xffff);
  cursor.expect(')');
  if (end !== (seq + payloadOctets) >>> 0) {
    throw cursor.error(`${seq}:${end} are not ${payloadOctets} octets`);
  }
  return { seq, payloadOctets };
}

function parseUdp(cursor: Cursor, start: Start): UdpPacketAction {
  const ports = parsePorts(cursor);
  return { ...start, protocol: 'udp', ports, payloadOctets: bracketedOctets(cursor) };
}

function bracketedOctets(cursor: Cursor): number {
  cursor.expect('(');
  const octets = cursor.number('a number of octets', 0xffff);
  cursor.expect(')');
  return octets;
}

function parseIcmp(cursor: Cursor, start: Start): IcmpPacketAction {
  const typeName = cursor.expectKind('word', 'an ICMP type').text;
  const isCode = cursor.peek().kind === 'word' && !cursor.sees('mtu') && !cursor.sees('id');
  const codeName = isCode ? cursor.next().text : undefined;
  const found = icmpTypeAndCode(typeName, codeName);
  const text = codeName === undefined ? typeName : `${typeName} ${codeName}`;
  if (found === undefined) throw cursor.error(`unknown ICMP type and code: ${text}`);
  const mtu = cursor.take('mtu') ? cursor.number('an MTU') : 0;
  if (cursor.take('id')) cursor.number('an identifier', 0xffff);
  const quoted = parseQuoted(cursor);
  return { ...start, protocol: 'icmp', ...found, text, mtu, quoted };
}

/** The packet that the error quotes: `[1:1461(1460)]` or `[udp (100)]`. */
function parseQuoted(cursor: Cursor): IcmpPacketAction['quoted'] {
  if (!cursor.take('[')) return { protocol: 'tcp', seq: 0 };
  if (cursor.take('udp')) {
    bracketedOctets(cursor);
    cursor.expect(']');
    return { protocol: 'udp', seq: 0 };
  }
  if (cursor.sees('raw')) throw new ScriptUnsupportedError(cursor.line, 'raw packets');
  const { seq } = parseRange(cursor);
  cursor.expect(']');
  return { protocol: 'tcp', seq };
}
