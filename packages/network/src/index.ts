export * from './config.ts';
export type { LoopbackPacket, NetworkPdu } from './context.ts';
export { NetworkCore, type SourceChoice } from './core.ts';
export {
  createNetworkCounters,
  type NetworkCounterName,
  type NetworkCounters,
} from './counters.ts';
export type { EchoEvent, EchoRequest } from './echo-client.ts';
export { NetworkError, type NetworkErrorCode } from './errors.ts';
export type { NetworkDone, NetworkDrop, NetworkOutcome } from './outcomes.ts';
export * from './pdu.ts';
export type { PathMtu } from './route-exceptions.ts';
export type { Route, RouteMatch } from './routes.ts';
export { defaultNetworkSysctl, type NetworkSysctl } from './sysctl.ts';
export { wholeRequest } from './whole-request.ts';
