import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TraceRecorder } from './trace-recorder.ts';

/** Thrown if the run of a seed fails. The message says where the trace is. */
export class SeedError extends Error {
  override readonly name = 'SeedError';
  readonly code = 'ERR_SIMULATED_SEED';
  readonly seed: number;

  constructor(seed: number, message: string, cause: unknown) {
    super(message, { cause });
    this.seed = seed;
  }
}

/** Lines of the trace that an error shows. */
const SHOWN_LINES = 40;

/** The whole number in an environment variable; `otherwise` if it is not set. Throws RangeError. */
export function integerOf(variable: string, otherwise: number): number {
  const text = process.env[variable];
  if (text === undefined) return otherwise;
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new RangeError(`${variable} is '${text}': should be a whole number`);
}

/**
 * The seeds to run: `count` from the base seed on, which the environment variable STRATA_SEED sets
 * (default 1).
 */
export function seeds(count: number): number[] {
  const base = integerOf('STRATA_SEED', 1);
  return Array.from({ length: count }, (_, i) => base + i);
}

/**
 * Runs `run` for a seed. If it throws, runs it again with a recorder, and throws a
 * {@link SeedError}. The error names the seed, shows the end of the trace, and gives the paths of
 * the whole trace and of the capture for Wireshark.
 *
 * `name`: the scenario, for the file names. `run` must do the same for the same seed. `variable`:
 * the environment variable that sets the seed.
 */
export function runSeed(
  name: string,
  seed: number,
  run: (seed: number, recorder?: TraceRecorder) => void,
  variable = 'STRATA_SEED',
): void {
  try {
    run(seed);
  } catch (error) {
    const recorder = new TraceRecorder();
    const again = catchError(() => run(seed, recorder));
    const path = writeTrace(`${name}-${seed}`, recorder);
    const what = error instanceof Error ? error.message : String(error);
    const lines = recorder.lines();
    throw new SeedError(
      seed,
      [
        `${name}: seed ${seed} (${variable}=${seed}) fails: ${what}`,
        again === undefined
          ? 'It does not fail when it is run again: it is not deterministic.'
          : '',
        `Trace and capture: ${path}.txt, ${path}.pcapng. Its last ${SHOWN_LINES} of ${lines.length} lines:`,
        ...lines.slice(-SHOWN_LINES),
      ].join('\n'),
      error,
    );
  }
}

function catchError(run: () => void): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Writes the recorder's text and capture. Returns their path without extension. */
function writeTrace(name: string, recorder: TraceRecorder): string {
  const folder = join(tmpdir(), 'strata-simulator');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name.replace(/[^\w.-]+/g, '-'));
  writeFileSync(`${path}.txt`, `${recorder.lines().join('\n')}\n`);
  writeFileSync(`${path}.pcapng`, recorder.pcapng());
  return path;
}
