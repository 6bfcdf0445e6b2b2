export type { Captured, LinkType } from './capture.ts';
export { compileFilter, type Filter } from './filter.ts';
export { FilterError } from './filter-error.ts';
