import { type Profiler, Session } from 'node:inspector/promises';
import { layerOf } from './layers.ts';
import { type NativeWork, takeNativeWork, watchNatives } from './watch-natives.ts';

/**
 * A loop that runs once for so many octets goes over them: the longest step of one is a cache line.
 */
const STEP_OCTETS = 64;

export interface PassCounts extends NativeWork {
  /**
   * Functions of ours with a loop that went over the octets, as `layer: function`, and how often it
   * went round.
   */
  readonly loops: Record<string, number>;
}

/**
 * Counts what looks at each octet of a payload. To be made before what is counted is imported: V8
 * counts in what it compiles later.
 */
export class PassCounter {
  readonly #session = new Session();

  async start(): Promise<void> {
    watchNatives();
    this.#session.connect();
    await this.#session.post('Profiler.enable');
    await this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** What `round` does with its `octets` octets. */
  async count(round: () => Promise<void>, octets: number): Promise<PassCounts> {
    takeNativeWork();
    await this.#session.post('Profiler.takePreciseCoverage');
    await round();
    const { result } = await this.#session.post('Profiler.takePreciseCoverage');
    return { ...takeNativeWork(), loops: loopsOf(result, octets / STEP_OCTETS) };
  }
}

function loopsOf(scripts: readonly Profiler.ScriptCoverage[], atLeast: number) {
  const loops: Record<string, number> = {};
  for (const { url, functions } of scripts) {
    const layer = url.includes('/node_modules/') ? 'test' : layerOf(url);
    if (layer === 'test') continue;
    for (const { functionName, ranges } of functions) {
      const most = Math.max(...ranges.map(({ count }) => count));
      if (most >= atLeast) loops[`${layer}: ${functionName}`] = most;
    }
  }
  return loops;
}
