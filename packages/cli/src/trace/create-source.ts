import type { Target } from '../target.ts';
import { ApiSource } from './api-source.ts';
import { BusSource } from './bus-source.ts';
import type { TraceSource } from './source.ts';

/** The source of traces and captures at a target. `stacks`: those asked for; default: all. */
export function createSource(target: Target, stacks: readonly string[] | undefined): TraceSource {
  if (target.kind === 'console') return new ApiSource(target.url);
  const { bus, stacks: known } = target.config;
  return new BusSource(bus.servers, stacks ?? Object.keys(known));
}
