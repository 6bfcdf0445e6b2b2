import { ipv4Bits, parseIpv4, parseMac } from '@strata/wire';
import type { Captured } from '../src/index.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));

const number = (value: number, octets: number) => value.toString(16).padStart(2 * octets, '0');
const ip = (text: string) => number(ipv4Bits(parseIpv4(text)!), 4);
const mac = (text: string) => number(parseMac(text)!, 6);

const FROM = '02:00:00:00:00:01';
const TO = '02:00:00:00:00:02';

export function frame(type: number, payload: string, source = FROM, destination = TO): Uint8Array {
  return hex(`${mac(destination)}${mac(source)}${number(type, 2)}${payload}`);
}

export interface Packet {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly payload: string;
  /** The flags and fragment offset field. Default 0. */
  readonly fragment?: number;
  /** Options in hexadecimal, whole words. Default none. */
  readonly options?: string;
  readonly ttl?: number;
}

export function packet(what: Packet): string {
  const { source, destination, protocol, payload, fragment = 0, options = '', ttl = 64 } = what;
  const headerOctets = 20 + options.length / 2;
  const length = headerOctets + payload.length / 2;
  return `4${number(headerOctets / 4, 1).slice(1)}00${number(length, 2)}0001${number(fragment, 2)}${number(ttl, 1)}${number(protocol, 1)}0000${ip(source)}${ip(destination)}${options}${payload}`;
}

export function tcp(source: number, destination: number, flags: number, data = ''): string {
  return `${number(source, 2)}${number(destination, 2)}000000010000000050${number(flags, 1)}ffff00000000${data}`;
}

export function udp(source: number, destination: number, data = ''): string {
  return `${number(source, 2)}${number(destination, 2)}${number(8 + data.length / 2, 2)}0000${data}`;
}

const A = '192.0.2.1';
const B = '192.0.2.2';
const C = '198.51.100.9';
const arp = (operation: number) =>
  `000108000604${number(operation, 2)}${mac(FROM)}${ip(A)}000000000000${ip(B)}`;
const ipv6 = (next: number, payload: string) =>
  `60000000${number(payload.length / 2, 2)}${number(next, 1)}40${'00'.repeat(32)}${payload}`;

const from = (source: string, destination: string, protocol: number, payload: string, more = {}) =>
  frame(0x0800, packet({ source, destination, protocol, payload, ...more }));

/** One frame of each kind, by the name that the tests use. */
export const FRAMES: Readonly<Record<string, Uint8Array>> = {
  syn: from(A, B, 6, tcp(40_000, 80, 0x02)),
  data: from(B, A, 6, tcp(80, 40_000, 0x18, '00'.repeat(100))),
  rst: from(C, B, 6, tcp(443, 50_000, 0x14)),
  options: from(A, B, 6, tcp(22, 80, 0x10), { options: '01010101' }),
  dns: from(A, C, 17, udp(53_000, 53, '00'.repeat(20))),
  multicast: frame(
    0x0800,
    packet({ source: A, destination: '224.0.0.1', protocol: 17, payload: udp(1, 2), ttl: 1 }),
    FROM,
    '01:00:5e:00:00:01',
  ),
  first: from(A, B, 17, udp(9, 9, '00'.repeat(24)), { fragment: 0x2000 }),
  later: from(A, B, 17, udp(9, 9), { fragment: 0x0004 }),
  ping: from(A, B, 1, '0800000000010001'),
  pong: from(B, A, 1, '0000000000010001'),
  request: frame(0x0806, arp(1), FROM, 'ff:ff:ff:ff:ff:ff'),
  reply: frame(0x0806, arp(2)),
  tcp6: frame(0x86dd, ipv6(6, tcp(40_000, 80, 0x02))),
  fragment6: frame(0x86dd, ipv6(44, `06000000${'00'.repeat(24)}`)),
  lldp: frame(0x88cc, '00'.repeat(46)),
};

export const captured = (bytes: Uint8Array): Captured => ({
  bytes,
  lengthOctets: bytes.byteLength,
});
