export { createCoreAllocate } from './allocate.ts';
export * from './capture.ts';
export * from './clock.ts';
export * from './config/error.ts';
export type {
  InterfaceAddress,
  ListenAddress,
  StackAddress,
} from './config/fields.ts';
export {
  describeCombination,
  KNOBS,
  type Knob,
  knobOf,
  type PerInterface,
  type SysctlLayer,
  sysctlKey,
} from './config/knobs.ts';
export { isNatsServer } from './config/nats-server.ts';
export type { NatSettings } from './config/parts/nat-schema.ts';
export { didYouMean, hint } from './config/problems/similar-names.ts';
export { type LoadOptions, recheckConfig } from './config/recheck.ts';
export * from './config/resolve.ts';
export type * from './config/schema.ts';
export {
  parseSysctl,
  SysctlError,
  type SysctlValue,
  sysctlFor,
  sysctlNames,
} from './config/sysctl.ts';
export * from './control.ts';
export * from './control-error.ts';
export * from './devices/index.ts';
export * from './driver.ts';
export * from './health-server.ts';
export * from './lifecycle.ts';
export * from './log.ts';
export * from './metrics.ts';
export { STRATA_VERSION } from './names.ts';
export * from './presence.ts';
export * from './random.ts';
export { readText } from './read-text.ts';
export * from './run-until-signal.ts';
export * from './running.ts';
export * from './service/index.ts';
export * from './session/index.ts';
export { type AloneTimes, InstanceError, runAlone } from './single-instance/run-alone.ts';
export * from './sysctl-store.ts';
