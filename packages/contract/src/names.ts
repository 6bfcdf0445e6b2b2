/**
 * The names that a command needs before it asks anybody: `@strata/contract/names`. It loads no
 * library, so that the command starts at once.
 */
export { SOCKET_STATES } from './socket-states.ts';
export { isToken } from './token.ts';
