/**
 * Reading a config: `@strata/runtime/config`. It loads the schema and YAML libraries, some 15 MB,
 * so it is apart from the rest. A service lets another process read its config.
 */
export * from './load.ts';
