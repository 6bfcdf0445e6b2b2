import type { NetworkErrorIndication } from '@strata/network';
import { ipv4Address, PROTOCOL_TCP, readUint32, writeUint16, writeUint32 } from '@strata/wire';
import type { SeededRandom } from '../seeded-random.ts';
import type { Flow } from './flow-book.ts';
import { type FlowNumbers, hostileSequence } from './flow-numbers.ts';

/**
 * An ICMP error of any type about a flow. It quotes a sequence number in flight, near it, or
 * anywhere; the quote may be too short.
 */
export function hostileError(
  random: SeededRandom,
  flow: Flow,
  numbers: FlowNumbers,
): NetworkErrorIndication {
  const { sndUna, sndNxt } = numbers;
  const sequence = random.pick([
    sndUna,
    sndNxt,
    (sndNxt - 1) >>> 0,
    (sndNxt + 1) >>> 0,
    hostileSequence(random, numbers),
  ]);
  const quoted = new Uint8Array(random.pick([8, 8, 8, 20, 7, 0]));
  if (quoted.byteLength >= 8) {
    writeUint16(quoted, 0, flow.local.port);
    writeUint16(quoted, 2, flow.remote.port);
    writeUint32(quoted, 4, sequence);
  }
  return {
    kind: 'error',
    reporter: random.pick([flow.remote.address, SOME_ROUTER]),
    type: random.pick([3, 3, 3, 4, 11, 12]),
    code: random.pick([4, 4, random.integer(0, 15)]),
    mtu: random.pick([0, 1, 67, 68, 296, 552, 1280, 1499, 0xffff]),
    protocol: PROTOCOL_TCP,
    source: flow.local.address,
    destination: flow.remote.address,
    quoted,
  };
}

/** 198.51.100.1 */
const SOME_ROUTER = ipv4Address(0xc6336401);

/** `ICMP 3/4 mtu 68 quoting 12345`. */
export function errorText({ type, code, mtu, quoted }: NetworkErrorIndication): string {
  const what = quoted.byteLength < 8 ? `${quoted.byteLength} octets` : readUint32(quoted, 4);
  return `ICMP ${type}/${code} mtu ${mtu} quoting ${what}`;
}
