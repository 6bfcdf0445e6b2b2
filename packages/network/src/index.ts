export * from './config.ts';
export type { LoopbackPacket, NetworkPdu } from './context.ts';
export { NetworkCore, type SourceChoice } from './core.ts';
export {
  createNetworkCounters,
  type NetworkCounterName,
  type NetworkCounters,
} from './counters.ts';
export { NetworkError, type NetworkErrorCode } from './errors.ts';
export type { LinkGroups } from './igmp/state.ts';
export type { Martian } from './input/martian.ts';
export { type Masquerade, NAT_PORTS, type NatConfig, type PortForward } from './nat/nat-config.ts';
export * from './pdu.ts';
export type {
  ProbeEvent,
  ProbeFragmentation,
  ProbeKind,
  ProbeOutcome,
  ProbeRequest,
} from './probe/probe.ts';
export type { SessionEvent } from './probe/probe-state.ts';
export type { NetworkDone, NetworkDrop, NetworkOutcome } from './reasons.ts';
export type { Route, RouteHow, RouteMatch } from './routing/route.ts';
export type { PathMtu } from './routing/route-exceptions.ts';
export type { RouteAnswer } from './routing/route-to.ts';
export {
  createNetworkConf,
  defaultNetworkSysctl,
  NETWORK_CONF,
  type NetworkKnobs,
  type NetworkSysctl,
} from './sysctl.ts';
export { wholeRequest } from './whole-request.ts';
