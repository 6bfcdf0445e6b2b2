/** Filters of the sources of a group's packets (RFC 3376 2 and 3). */
import type { FilterMode, IpAddress } from '@strata/wire';

/** Which packets to a group pass. */
export interface SourceFilter {
  readonly mode: FilterMode;
  readonly sources: ReadonlySet<IpAddress>;
}

/** The filter of those who do not listen: nothing passes. */
export const NOTHING: SourceFilter = { mode: 'include', sources: new Set() };

/** Whether a packet from the source passes. */
export function passes({ mode, sources }: SourceFilter, source: IpAddress): boolean {
  return (mode === 'include') === sources.has(source);
}

/** Whether no packet passes: the group is left. */
export function isNothing({ mode, sources }: SourceFilter): boolean {
  return mode === 'include' && sources.size === 0;
}

/**
 * The interface's filter for a group: what any of its listeners wants passes (RFC 3376 3.2). No
 * filters: nothing passes.
 */
export function merge(filters: readonly SourceFilter[]): SourceFilter {
  const included = new Set(
    filters.flatMap(({ mode, sources }) => (mode === 'include' ? [...sources] : [])),
  );
  const excluding = filters.filter(({ mode }) => mode === 'exclude');
  const [first, ...others] = excluding;
  if (first === undefined) return { mode: 'include', sources: included };
  const excluded = [...first.sources].filter(
    (source) => !included.has(source) && others.every(({ sources }) => sources.has(source)),
  );
  return { mode: 'exclude', sources: new Set(excluded) };
}

/** The sources of `one` that `other` lacks. */
export function without(one: ReadonlySet<IpAddress>, other: ReadonlySet<IpAddress>): IpAddress[] {
  return [...one].filter((source) => !other.has(source));
}
