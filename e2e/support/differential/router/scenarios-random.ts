import { SeededRandom } from '@strata/simulator';
import { NO_OPERATION, ROUTER_ALERT, raw, recordRoute, timestamp } from './options.ts';
import { echo, icmp, type Made, type Payload, syn, udp, unknown } from './packets.ts';
import type { InjectedFrame, RouterScenario } from './scenario.ts';

const FRAMES = 3;
const SOURCES = ['left', 'near', 'right', 'beyond', 'back', 'nowhere', '127.0.0.1', '224.0.0.5'];
const DESTINATIONS = [
  ...['right', 'right', 'right', 'far', 'left', 'near', 'beyond', 'back', 'narrow'],
  ...['nowhere', 'unreachable', 'prohibit', 'blackhole', 'broadcast.right', '224.0.0.5'],
];

/**
 * Random packets, without what the two routers are known to treat differently. The seed is in the
 * name.
 */
export function randomScenarios(firstSeed: number, count: number): RouterScenario[] {
  return Array.from({ length: count }, (_, at) => randomScenario(firstSeed + at));
}

function randomScenario(seed: number): RouterScenario {
  const random = new SeededRandom(seed, 78);
  const frames = Array.from({ length: FRAMES }, (_, at) => randomFrame(random, 500 + at));
  return { name: `random ${seed}`, frames };
}

function randomFrame(random: SeededRandom, id: number): InjectedFrame {
  const side = random.chance(0.7) ? 'left' : 'right';
  const frame: InjectedFrame = {
    id,
    side,
    from: random.pick(random.chance(0.6) ? [side] : SOURCES),
    to: random.pick(DESTINATIONS),
    ttl: random.pick([0, 1, 2, 64, 64, 64, 255]),
    // An error about a packet with ECN differs.
    tos: random.integer(0, 63) * 4,
    df: random.chance(0.3),
    mf: random.chance(0.1),
    offset: random.chance(0.15) ? random.integer(1, 5000) * 8 : 0,
    payload: randomPayload(random),
  };
  if (random.chance(0.3)) return withOptions(frame, random);
  return random.chance(0.3) ? { ...frame, ...fault(random) } : frame;
}

function randomPayload(random: SeededRandom): Payload {
  const octets = random.pick([8, 20, 100, 672, 673, 980, 981, 1200, 1480, 3000]);
  return random.pick([
    udp(octets),
    udp(octets, 'wrong'),
    udp(octets, 'none'),
    echo(octets),
    icmp(random.integer(0, 20), random.integer(0, 15), octets),
    unknown(random.pick([2, 6, 50, 132, 253]), octets),
    syn(1460),
  ]);
}

/** Options. A packet that records does not get an error, nor is it cut: both differ. */
function withOptions(frame: InjectedFrame, random: SeededRandom): InjectedFrame {
  const copied = random.pick<Made>([
    ROUTER_ALERT,
    raw(222, 4, 1, 2),
    raw(222, 8, 0, 0, 0, 0, 0, 0),
  ]);
  if (random.chance(0.5)) return { ...frame, options: copied };
  const options = random.pick<Made>([
    NO_OPERATION,
    recordRoute(random.integer(0, 9)),
    timestamp(0, random.integer(1, 9)),
  ]);
  const [from, to] = frame.side === 'left' ? ['left', 'right'] : ['right', 'left'];
  return { ...frame, from, to, options, ttl: 9, mf: false, offset: 0, payload: udp(100) };
}

/** A bit that is inverted in the header, with or without a right checksum, or lost octets. */
function fault(random: SeededRandom): Partial<InjectedFrame> {
  // Neither the header's length nor the ECN bits: see the table of differences.
  const at = random.pick([0, 2, 3, 5, 6, 7, 8, 9]);
  const bits = 1 << random.integer(at === 0 ? 4 : 0, 7);
  const invert = (packet: Uint8Array) => {
    packet[at]! ^= bits;
  };
  return random.pick([{ change: invert }, { spoil: invert }, { cut: random.integer(1, 28) }]);
}
