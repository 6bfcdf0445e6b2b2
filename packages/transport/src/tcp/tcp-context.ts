import type { TransportContext } from '../context.ts';
import type { ResetReason } from '../outcomes.ts';
import type { ArrivedSegment } from './arrive/segment.ts';
import type { CloseReason } from './state/socket.ts';
import type { Tcb } from './state/tcb.ts';
import type { ConnectionEvent } from './transitions.ts';

/** What the parts of TCP that work on one connection need of the layer around them. */
export interface TcpContext extends TransportContext {
  /** Has output() run for the connection before the core is polled again. */
  wake(tcb: Tcb): void;
  /** Sends RST where the state has one (RFC 9293 3.10.5), and closes. `reset`: what for. */
  abort(tcb: Tcb, nowMs: number, reset: ResetReason, reason: CloseReason, detail: string): void;
  /**
   * Takes the connection off the tables: it is CLOSED. Tells the application, unless it knows or
   * has gone.
   */
  close(tcb: Tcb, on: ConnectionEvent, reason: CloseReason, detail: string): void;
  /** The connection is done on the wire but for 2 MSL; what the application has not taken stays. */
  enterTimeWait(tcb: Tcb, on: ConnectionEvent, nowMs: number): void;
  /**
   * The peer has acknowledged our FIN and sent its own, no TIME-WAIT is needed; what the
   * application has not taken stays.
   */
  finish(tcb: Tcb, on: ConnectionEvent): void;
  /** A connection of a listener is ESTABLISHED: it waits for accept. */
  offer(tcb: Tcb): void;
  /** Sends RST for a segment that no connection takes (RFC 9293 3.10.7.1). */
  refuse(segment: ArrivedSegment, reset: ResetReason): void;
  /** Whether one more challenge ACK may be sent now (RFC 5961 7). */
  mayChallenge(nowMs: number): boolean;
}
