/** The names that a command needs before it asks anybody: `@strata/service-console/names`. */
export { TRACE_LAYERS } from './trace/event.ts';
