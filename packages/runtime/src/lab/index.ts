/**
 * Reads lab files: `@strata/runtime/lab`. As `@strata/runtime/config`, it loads the schema and YAML
 * libraries.
 */
export type { NodeKind, WireKind } from './context.ts';
export { type Lab, loadLab, parseLab } from './load.ts';
export type { LabEvent } from './schema.ts';
