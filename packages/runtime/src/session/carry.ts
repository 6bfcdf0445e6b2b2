/** Sessions as plain data, to move one side of a boundary to another process. */
import { SESSION_STATE_VERSION, type SessionState } from '@strata/contract';
import { RETRANSMIT_MS, type SessionRules } from './options.ts';
import type { Session } from './session.ts';
import type { SessionTable } from './session-table.ts';

/** What became of a session that was to be added. If it is not `taken`, nothing changed. */
export type SessionOutcome = 'taken' | 'socket in use' | 'version not readable';

/** The state of a session. It shares the bodies with the session. */
export function stateOfSession<Out, In>(
  session: Session<Out, In>,
  nowMs: number,
): SessionState<Out, In> {
  const { endpoint, socket, sndUna, rcvNxt, resendNext, resendUntil, backoff } = session;
  return {
    version: SESSION_STATE_VERSION,
    endpoint,
    socket,
    sndUna,
    unacknowledged: [...session.unacknowledged],
    rcvNxt,
    ahead: [...session.ahead],
    resendNext,
    resendUntil,
    backoff,
    acknowledgeDue: session.acknowledgeDue,
    progressAgeMs: nowMs - session.progressMs,
    heardAgeMs: nowMs - session.heardMs,
  };
}

/** Adds the session of a state to the table. Returns the session, or why there is none. */
export function sessionOfState<Out, In>(
  table: SessionTable<Out, In>,
  rules: SessionRules<Out, In>,
  state: SessionState<Out, In>,
  nowMs: number,
): Session<Out, In> | Exclude<SessionOutcome, 'taken'> {
  const { endpoint, socket, version } = state;
  if (version !== SESSION_STATE_VERSION) return 'version not readable';
  if (table.get(endpoint, socket) !== undefined) return 'socket in use';
  const session = table.create(endpoint, socket, nowMs);
  session.sndUna = state.sndUna;
  for (const body of state.unacknowledged) session.unacknowledged.push(body);
  const last = state.unacknowledged.at(-1);
  session.isEnding = last !== undefined && rules.endsOut(last);
  session.rcvNxt = state.rcvNxt;
  for (const [sequence, body] of state.ahead) session.ahead.set(sequence, body);
  session.resendNext = state.resendNext;
  session.resendUntil = state.resendUntil;
  session.backoff = Math.min(state.backoff, RETRANSMIT_MS.length - 1);
  session.acknowledgeDue = state.acknowledgeDue;
  session.progressMs = nowMs - state.progressAgeMs;
  session.heardMs = nowMs - state.heardAgeMs;
  return session;
}
