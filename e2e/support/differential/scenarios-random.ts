import { SeededRandom } from '@strata/simulator';
import { OPENED } from './scenarios-established.ts';
import { ask, inject, type Scenario, type Step } from './script.ts';

/**
 * Random scripts. They consist of steps that both subjects are known to answer alike: data in
 * order, beyond holes and repeated, acknowledgments, resets outside the window, segments without
 * ACK, and writes of the application. The seed is in the name.
 */
export function randomScenarios(firstSeed: number, count: number): Scenario[] {
  return Array.from({ length: count }, (_, i) => randomScenario(firstSeed + i));
}

function randomScenario(seed: number): Scenario {
  const random = new SeededRandom(seed, 77);
  // A script has either holes or writes, not both: Linux sends SACK blocks on data too, ours only
  // on pure acknowledgments.
  const hasHoles = random.chance(0.5);
  const steps = Array.from({ length: 7 }, (_, index) => anyStep(random, hasHoles, index)).flat();
  const last = hasHoles
    ? [inject('RST')]
    : random.pick<readonly Step[]>([
        [inject('FIN,ACK'), ask('close')],
        [ask('shutdown'), inject('FIN,ACK'), inject('ACK')],
        [inject('RST')],
      ]);
  const offer = random.chance(0.5) ? { mss: 1460 } : { mss: 1460, sackPermitted: true };
  return { name: `random ${seed}`, offer, steps: [...OPENED, ...steps, ...last] };
}

/** `index`: the step's number. With it no two segments beyond holes overlap. */
function anyStep(random: SeededRandom, hasHoles: boolean, index: number): Step[] {
  const beyond = random.integer(1, 20) * 2000;
  switch (random.integer(0, 8)) {
    case 0:
    case 1:
      return [inject('PSH,ACK', { data: random.integer(1, 1460) })];
    case 2:
      // The write is acknowledged at once, so that no timer expires in later steps.
      if (!hasHoles) return [ask('write', random.integer(1, 1000)), inject('ACK')];
      return [
        inject('ACK', {
          seq: 20_000 + ((index * 5) % 7) * 4000,
          data: random.integer(1, 1460),
        }),
      ];
    case 3:
      return [inject('ACK', { seq: -random.integer(10, 5000), data: 5 })];
    case 4:
      return [inject('RST', { seq: ({ edge }) => edge + beyond })];
    case 5:
      return [inject(random.pick(['-', 'PSH', 'URG']), {})];
    case 6:
    case 7:
      return [inject('ACK', { ack: ({ sndNxt }) => sndNxt })];
    default:
      return [inject('RST', { seq: ({ next }) => next - beyond })];
  }
}
