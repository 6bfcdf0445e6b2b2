/** What the tests of IGMP share: queries, and the reports that a core sends. */
import { IgmpMessage, type IpAddress, isParseError, parseIpv4 } from '@strata/wire';
import type { NetworkCore, NetworkGroupRequest } from '../src/index.ts';
import { drain, fromLink, HOST, PEER, packet, valid } from './network-kit.ts';

export const GROUP = parseIpv4('239.1.2.3')!;
export const OTHER_GROUP = parseIpv4('239.9.9.9')!;
const ALL_HOSTS = parseIpv4('224.0.0.1')!;

/** Asks for a group as transport does. Default: all sources, on eth0. */
export function wants(changes: Partial<NetworkGroupRequest> = {}): NetworkGroupRequest {
  return {
    kind: 'group',
    socket: 1,
    group: GROUP,
    interfaceAddress: HOST,
    mode: 'exclude',
    sources: [],
    ...changes,
  };
}

export const listed = (...addresses: IpAddress[]) => addresses.map((address) => ({ address }));

function withChecksum(bytes: Uint8Array): Uint8Array {
  let sum = 0;
  for (let at = 0; at < bytes.byteLength; at += 2) sum += (bytes[at]! << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  bytes[2] = (~sum >> 8) & 255;
  bytes[3] = ~sum & 255;
  return bytes;
}

const octetsOf = (address: IpAddress | undefined) => {
  const bits = address === undefined ? 0 : Number(address);
  return [bits >>> 24, (bits >>> 16) & 255, (bits >>> 8) & 255, bits & 255];
};

/** A message of versions 1 and 2. */
export function old(type: number, code: number, group?: IpAddress): Uint8Array {
  return withChecksum(Uint8Array.of(type, code, 0, 0, ...octetsOf(group)));
}

/** A query of version 3. `code`: the maximum response code, tenths of a second below 128. */
export function query(code: number, group?: IpAddress, ...sources: IpAddress[]): Uint8Array {
  return withChecksum(
    Uint8Array.of(
      ...[0x11, code, 0, 0, ...octetsOf(group), 2, 125, 0, sources.length],
      ...sources.flatMap(octetsOf),
    ),
  );
}

/** Hands the core an IGMP message from the router. Returns the outcome. */
export function hear(
  core: NetworkCore,
  payload: Uint8Array,
  nowMs: number,
  destination: IpAddress = ALL_HOSTS,
): string {
  const bytes = packet({ protocol: 2, ttl: 1, source: PEER, destination, payload });
  return core.handleIndication(fromLink(bytes, { cast: 'multicast' }), nowMs);
}

const RECORDS = ['', 'IS_IN', 'IS_EX', 'TO_IN', 'TO_EX', 'ALLOW', 'BLOCK'];
const OLD_NAMES: Readonly<Record<number, string>> = { 18: 'v1', 22: 'v2', 23: 'leave' };

const dotted = (bytes: Uint8Array, at: number) => bytes.subarray(at, at + 4).join('.');

/** The IGMP messages that wait at the core's output, as text: `TO_EX 239.1.2.3 {}`. */
export function reports(core: NetworkCore): string[] {
  return drain(core).link.flatMap((request) => {
    const ip = valid(request.packet);
    const message = IgmpMessage.parse(ip.payload);
    if (isParseError(message)) throw new Error(message);
    expect(message.hasValidChecksum()).toBe(true);
    expect(ip).toMatchObject({ ttl: 1, protocol: 2, dontFragment: true, tos: 0xc0 });
    expect([...ip.options]).toEqual([0x94, 4, 0, 0]);
    const { bytes } = message;
    const to = dotted(request.packet, 16);
    if (message.type !== 0x22) return [`${OLD_NAMES[message.type]} ${dotted(bytes, 4)} to ${to}`];
    expect(to).toBe('224.0.0.22');
    return readRecords(bytes);
  });
}

function readRecords(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  let at = 8;
  for (let left = (bytes[6]! << 8) | bytes[7]!; left > 0; left -= 1) {
    const count = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    const sources = Array.from({ length: count }, (_, i) => dotted(bytes, at + 8 + 4 * i));
    lines.push(`${RECORDS[bytes[at]!]} ${dotted(bytes, at + 4)} {${sources.join(' ')}}`);
    at += 8 + 4 * count;
  }
  expect(at).toBe(bytes.byteLength);
  return lines;
}

/** Runs the core's timers up to `untilMs`. Returns what it reports, with the time of each. */
export function run(core: NetworkCore, untilMs: number): [number, string][] {
  const said: [number, string][] = [];
  for (let atMs = core.nextDeadlineMs(); atMs <= untilMs; atMs = core.nextDeadlineMs()) {
    core.handleTimeout(atMs);
    for (const line of reports(core)) said.push([atMs, line]);
  }
  return said;
}
