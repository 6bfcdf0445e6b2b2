import type { Target } from '../target.ts';
import { ApiSource } from './api-source.ts';
import type { TraceSource } from './source.ts';

/** The source of traces and captures at a target. `stacks`: those asked for; default: all. */
export async function createSource(
  target: Target,
  stacks: readonly string[] | undefined,
): Promise<TraceSource> {
  if (target.kind === 'console') return new ApiSource(target.url);
  const { BusSource } = await import('./bus-source.ts');
  return new BusSource(target.servers, stacks ?? target.stacks);
}
