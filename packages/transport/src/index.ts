export * from './addresses.ts';
export * from './core.ts';
export * from './counters.ts';
export * from './pdu.ts';
export type { SocketInfo, TcpInfo } from './socket-info.ts';
export type { Knob, KnobEffect, KnobValue } from './sysctl/knob.ts';
export * from './sysctl.ts';
export { availableCongestionControls } from './tcp/congestion/registry.ts';
export type { Tcb, TcpState } from './tcp/tcb.ts';
