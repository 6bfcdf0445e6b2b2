export * from './addresses.ts';
export type { TransportPdu } from './context.ts';
export * from './core.ts';
export * from './counters.ts';
export type { PlainMessage, PlainValue } from './handover/plain.ts';
export * from './handover/record.ts';
export { type HandoverField, handoverFields } from './handover/schema.ts';
export * from './pdu.ts';
export type { SocketEntry, SocketState, SocketTimer, TcpFigures } from './socket-entry.ts';
export type { SocketFilter, SocketInfo } from './socket-info.ts';
export type { Knob, KnobEffect, KnobValue } from './sysctl/knob.ts';
export * from './sysctl.ts';
export { availableCongestionControls } from './tcp/recover/congestion/registry.ts';
export * from './tcp/state/socket.ts';
export type { Tcb, TcpState } from './tcp/state/tcb.ts';
export {
  BESIDE_FIGURE_5,
  type ConnectionEvent,
  FIGURE_5,
  isTransition,
  RECOVERY_TRANSITIONS,
  type RecoveryEvent,
} from './tcp/transitions.ts';
export type { TcpInfo, TimerInfo, TimerName } from './tcp-info.ts';
export { toSocketEntry } from './to-socket-entry.ts';
