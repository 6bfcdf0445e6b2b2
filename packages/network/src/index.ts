export * from './config.ts';
export { NetworkCore, type SourceChoice } from './core.ts';
export {
  createNetworkCounters,
  type NetworkCounterName,
  type NetworkCounters,
} from './counters.ts';
export type { EchoEvent, EchoRequest } from './echo-client.ts';
export { NetworkError, type NetworkErrorCode } from './errors.ts';
export type { IcmpErrorOutcome } from './icmp-errors.ts';
export { isHostAddress } from './interfaces.ts';
export type { InputOutcome } from './outcomes.ts';
export type { OutputOutcome } from './output.ts';
export type { PathMtuOutcome } from './path-mtu.ts';
export * from './pdu.ts';
export type { PathMtu } from './route-exceptions.ts';
export type { Route, RouteMatch } from './routes.ts';
export { defaultNetworkSysctl, isNetworkSysctlName, type NetworkSysctl } from './sysctl.ts';
export { wholeRequest } from './whole-request.ts';
