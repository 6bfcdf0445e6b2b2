import type { PollEvents } from './calls.ts';

/** Phase of a TCP socket. `over`: the connection is gone, but the file is still open. */
export type StreamPhase = 'new' | 'listening' | 'connecting' | 'connected' | 'over';

/** The state that poll's events follow from. */
export interface StreamState {
  readonly phase: StreamPhase;
  readonly hasError: boolean;
  /** A connection waits for accept. */
  readonly hasOffer: boolean;
  readonly hasData: boolean;
  readonly hasRoom: boolean;
  readonly hasUrgent: boolean;
  /** The peer's FIN has arrived, or reading is shut down. */
  readonly readEnds: boolean;
  readonly writeShut: boolean;
}

/** The events of a TCP socket, as Linux's tcp_poll() reports them, without the prefix. */
export function streamEvents(state: StreamState): PollEvents {
  const events: PollEvents = new Set();
  const { phase } = state;
  if (state.hasError) events.add('ERR');
  if (phase === 'listening' && state.hasOffer) events.add('IN');
  if (phase === 'new') events.add('OUT').add('HUP');
  if (phase !== 'connected' && phase !== 'over') return events;
  const isOver = phase === 'over';
  const readEnds = state.readEnds || isOver;
  if (readEnds || state.hasData) events.add('IN');
  if (state.hasUrgent) events.add('PRI');
  if (readEnds) events.add('RDHUP');
  if (isOver || (readEnds && state.writeShut)) events.add('HUP');
  if (isOver || state.writeShut || state.hasRoom) events.add('OUT');
  return events;
}
