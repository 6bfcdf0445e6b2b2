/**
 * Run by way-of-bytes.test.ts: counts what becomes of the bytes in a process of its own, and prints
 * it as one line of JSON.
 *
 * `objects`: of each round, how many objects the layers make. `passes`: what copies the payload and
 * what else looks at it; with `cut`, for a device that takes no super-segments.
 */
import { advance, standStill } from './virtual-clock.ts';

const COUNTED_ROUNDS = 200;
const [mode, cut] = process.argv.slice(2);

/** The rig's files are loaded here, behind what counts. */
async function prepare(times: number) {
  const clock = standStill();
  const { startRig } = await import('./rig.ts');
  const { roundsOf, SUPER_SEGMENT_OCTETS, warmUp } = await import('./rounds.ts');
  const { shareImmutable } = await import('@strata/sockets');
  const rig = await startRig(clock, cut === undefined);
  const payload = new Uint8Array(SUPER_SEGMENT_OCTETS).fill(7);
  const rounds = roundsOf(rig, payload);
  await warmUp(rig, rounds, times);
  return { rig, payload, rounds, shareImmutable };
}

async function objects() {
  const { countObjects } = await import('./count-objects.ts');
  const { rounds, rig } = await prepare(300);
  const counts: Record<string, unknown> = {};
  for (const [name, round] of Object.entries(rounds)) {
    const { reads, writes } = rig.tap;
    const counted = await countObjects(async () => {
      advance(1);
      await round();
    }, COUNTED_ROUNDS);
    counts[name] = {
      ...counted,
      reads: (rig.tap.reads - reads) / COUNTED_ROUNDS,
      writes: (rig.tap.writes - writes) / COUNTED_ROUNDS,
    };
  }
  return counts;
}

async function passes() {
  const { PassCounter } = await import('./count-passes.ts');
  const counter = new PassCounter();
  await counter.start();
  const { rounds, rig, payload, shareImmutable } = await prepare(3);
  const counts: Record<string, unknown> = {};
  const count = async (name: string, round: () => Promise<void>) => {
    counts[name] = await counter.count(round, payload.byteLength);
  };
  for (const [name, round] of Object.entries(rounds)) await count(name, round);
  shareImmutable(payload);
  await count('outImmutable', rounds['out']!);
  return { ...counts, sameMemory: await sameMemory(rig, rounds, payload) };
}

/** Whether the memory at one end of the way is that at the other. */
async function sameMemory(
  { host, socket }: Awaited<ReturnType<typeof prepare>>['rig'],
  rounds: Awaited<ReturnType<typeof prepare>>['rounds'],
  payload: Uint8Array,
) {
  let out = true;
  host.onData = ([, ...tail]) => {
    out &&= tail.length > 0 && tail.every(({ buffer }) => buffer === payload.buffer);
  };
  await rounds['out']!();
  let read: ArrayBufferLike | undefined;
  socket.once('data', ({ buffer }: Buffer) => {
    read = buffer;
  });
  const { buffer } = host.send(payload);
  const { settle } = await import('./rounds.ts');
  await settle();
  return { out, in: read === buffer };
}

const counts = mode === 'objects' ? await objects() : await passes();
// The stack's own work would keep the process.
process.stdout.write(JSON.stringify(counts), () => process.exit());
