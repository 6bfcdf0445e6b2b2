/**
 * Reads a config: `@strata/runtime/config`. It loads the schema and YAML libraries, about 15 MB, so
 * it is separate from the rest. A service lets another process read its config.
 */
export * from './load.ts';
