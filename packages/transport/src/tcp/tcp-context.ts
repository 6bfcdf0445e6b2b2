import type { TransportContext } from '../context.ts';
import type { ResetReason } from '../outcomes.ts';
import type { ArrivedSegment } from './arrive/segment.ts';
import type { CloseReason } from './state/socket.ts';
import type { Tcb } from './state/tcb.ts';
import type { ConnectionEvent } from './transitions.ts';

/** What the per-connection parts of TCP need from the layer around them. */
export interface TcpContext extends TransportContext {
  /** Makes output() run for the connection before the core is polled again. */
  wake(tcb: Tcb): void;
  /**
   * Sends a RST, in the states that have one (RFC 9293 3.10.5), and closes the connection. `reset`:
   * the reason for the RST.
   */
  abort(tcb: Tcb, nowMs: number, reset: ResetReason, reason: CloseReason, detail: string): void;
  /**
   * Removes the connection from the tables: it is CLOSED. Tells the application, unless it has been
   * told or has closed.
   */
  close(tcb: Tcb, on: ConnectionEvent, reason: CloseReason, detail: string): void;
  /** The connection is finished on the wire except for 2 MSL. Data for the application stays. */
  enterTimeWait(tcb: Tcb, on: ConnectionEvent, nowMs: number): void;
  /**
   * The connection is finished on the wire without TIME-WAIT: the peer has acknowledged our FIN and
   * sent its own. Data for the application stays.
   */
  finish(tcb: Tcb, on: ConnectionEvent): void;
  /** A listener's connection is ESTABLISHED: it enters the accept queue. */
  offer(tcb: Tcb): void;
  /** Sends a RST for a segment without a connection (RFC 9293 3.10.7.1). */
  refuse(segment: ArrivedSegment, reset: ResetReason): void;
  /** Whether one more challenge ACK may be sent now (RFC 5961 7). */
  mayChallenge(nowMs: number): boolean;
}
