/**
 * What a command needs before it asks anybody: `@strata/runtime/names`. It loads no library, so
 * that the command starts at once.
 */
export { DEFAULT_CONFIG_FILE, DEFAULT_STACKS } from './config/defaults.ts';
export { isNatsServer } from './config/nats-server.ts';
export { didYouMean, hint } from './config/problems/similar-names.ts';
export { readText } from './read-text.ts';

/** The version that services report. */
export const STRATA_VERSION = '0.1.0';
