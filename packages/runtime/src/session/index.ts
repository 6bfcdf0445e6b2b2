export type { SessionOutcome } from './carry.ts';
export { followBus } from './follow-bus.ts';
export type {
  Delivery,
  LostSession,
  SessionCounters,
  SessionOptions,
  SessionRules,
} from './options.ts';
export { APPLICATION_RULES, TRANSPORT_RULES } from './rules.ts';
export { Sessions } from './sessions.ts';
