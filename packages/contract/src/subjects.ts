/** The subjects of the contract; the table is in proto/strata/v1/pdu.proto. */
import { checkToken } from './token.ts';

/** All subjects of this version of the contract begin with it. */
export const SUBJECT_PREFIX = 'strata.v1';

/** A boundary: link/network, network/transport, transport/application. */
export type Boundary = 'ln' | 'nt' | 'ta';

/** `req`: down the stack. `ind`: up the stack. `groups`: multicast groups, network to link. */
export type BoundaryDirection = 'req' | 'ind' | 'groups';

export function boundarySubject(
  stack: string,
  boundary: Boundary,
  direction: BoundaryDirection,
): string {
  return `${SUBJECT_PREFIX}.${checkToken('stack', stack)}.${boundary}.${direction}`;
}

export function wireSubject(wire: string): string {
  return `${SUBJECT_PREFIX}.${checkToken('wire', wire)}.wire.frame`;
}

export function captureSubject(stack: string): string {
  return `${SUBJECT_PREFIX}.${checkToken('stack', stack)}.capture.frame`;
}

/** The subject of transport's hello to all applications. */
export function helloSubject(stack: string): string {
  return `${SUBJECT_PREFIX}.${checkToken('stack', stack)}.ta.hello`;
}

/** The subject of a layer's control endpoint, for example `sockets` of `transport`. */
export function controlSubject(stack: string, layer: string, endpoint: string): string {
  const where = `${checkToken('stack', stack)}.control.${checkToken('layer', layer)}`;
  return `${SUBJECT_PREFIX}.${where}.${checkToken('endpoint', endpoint)}`;
}
