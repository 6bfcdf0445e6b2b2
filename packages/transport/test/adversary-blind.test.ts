import { BlindAttacker, runSeed, SeededRandom, type TraceRecorder } from '@strata/simulator';
import { ADVERSARY_SECONDS, adversarySeeds } from './adversary-kit.ts';
import { createTransfer, require, runTransfer } from './tcp-pair-kit.ts';

/** Two honest ends, and an off-path attacker who knows of their connection (RFC 5961). */
function transferUnderAttack(seed: number, recorder?: TraceRecorder): void {
  const random = new SeededRandom(seed, 50);
  const attacker = new BlindAttacker(random);
  const [up, down] = [random.pick([0, 5000, 200_000]), random.pick([100, 60_000])];
  const knobs = () => ({
    sysctl: {
      tcp_timestamps: random.pick([0, 1]),
      tcp_sack: random.pick([0, 1]),
      tcp_window_scaling: random.pick([0, 1]),
    },
  });
  const delayMs = random.pick([0, 1, 20]);
  const transfer = createTransfer(
    seed,
    {
      up,
      down,
      client: knobs(),
      server: knobs(),
      wire: { delayMs, lossRatio: random.pick([0, 0, 0.02]) },
      drop: (from, _packet, nowMs) => {
        // Short transfers have few packets, so the first chance is taken.
        if (attacker.injected > 0 && !random.chance(0.5)) return false;
        // The receiver: the core that is being polled must not get an input at the same time.
        const victim = transfer.cores[from === 0 ? 1 : 0];
        const attack = attacker.attack(victim);
        if (attack !== undefined) victim.handleIndication(attack, nowMs);
        return false;
      },
    },
    recorder,
  );
  runTransfer(transfer, up, down);
  require(attacker.injected > 0, 'nothing was injected');
  const tookMs = transfer.pair.nowMs;
  require(tookMs < 200_000, `it took ${tookMs} ms: the attacker holds it up`);
}

describe('a blind attacker on an honest connection (RFC 5961, RFC 5927)', () => {
  it(
    'neither ends it, nor stalls it, nor gets an octet into its streams',
    () => {
      for (const seed of adversarySeeds(60)) {
        runSeed('blind', seed, transferUnderAttack, 'STRATA_ADVERSARY_SEED');
      }
    },
    (ADVERSARY_SECONDS + 60) * 1000,
  );
});
