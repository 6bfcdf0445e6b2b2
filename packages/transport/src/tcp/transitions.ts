/**
 * The states of a connection, as one table beside RFC 9293 3.3.2, figure 5, and the states of its
 * loss recovery. Nothing else changes these states, so this is the only place to observe.
 */
import type { CONNECTION_EVENTS, RECOVERY_EVENTS } from '@strata/wire';
import type { TransportContext } from '../context.ts';
import type { CaState, Tcb, TcpState } from './state/tcb.ts';

/** An event of a connection. */
export type ConnectionEvent = keyof typeof CONNECTION_EVENTS;
/** An event of its loss recovery. */
export type RecoveryEvent = keyof typeof RECOVERY_EVENTS;

type Row<State, Event> = readonly [from: State, on: Event, to: State];

/**
 * Figure 5, without the transition from LISTEN to SYN-SENT (SEND on a passive socket), which is not
 * offered.
 */
export const FIGURE_5: readonly Row<TcpState, ConnectionEvent>[] = [
  ['CLOSED', 'strata/OPEN', 'SYN-SENT'],
  ['LISTEN', 'strata/RECEIVED_SYN', 'SYN-RECEIVED'],
  ['SYN-SENT', 'strata/CLOSE', 'CLOSED'],
  ['SYN-SENT', 'strata/RECEIVED_SYN', 'SYN-RECEIVED'],
  ['SYN-SENT', 'strata/RECEIVED_SYN_ACK', 'ESTABLISHED'],
  ['SYN-RECEIVED', 'strata/RECEIVED_ACK_OF_SYN', 'ESTABLISHED'],
  // Note 1 of the figure: the connection returns to LISTEN, the state of its listener.
  ['SYN-RECEIVED', 'strata/RECEIVED_RST', 'LISTEN'],
  ['ESTABLISHED', 'strata/CLOSE', 'FIN-WAIT-1'],
  ['ESTABLISHED', 'strata/RECEIVED_FIN', 'CLOSE-WAIT'],
  ['FIN-WAIT-1', 'strata/RECEIVED_ACK_OF_FIN', 'FIN-WAIT-2'],
  ['FIN-WAIT-1', 'strata/RECEIVED_FIN', 'CLOSING'],
  // Note 2, a FIN with the ACK of our FIN: here two steps, through FIN-WAIT-2.
  ['FIN-WAIT-2', 'strata/RECEIVED_FIN', 'TIME-WAIT'],
  ['CLOSE-WAIT', 'strata/CLOSE', 'LAST-ACK'],
  ['CLOSING', 'strata/RECEIVED_ACK_OF_FIN', 'TIME-WAIT'],
  ['LAST-ACK', 'strata/RECEIVED_ACK_OF_FIN', 'CLOSED'],
  ['TIME-WAIT', 'strata/TIME_WAIT_OVER', 'CLOSED'],
];

const OPENING: readonly TcpState[] = ['SYN-SENT', 'SYN-RECEIVED'];
const OPEN: readonly TcpState[] = [
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
];

/** Transitions from each of these states to CLOSED. */
function endings(
  states: readonly TcpState[],
  event: ConnectionEvent,
): Row<TcpState, ConnectionEvent>[] {
  return states.map((from) => [from, event, 'CLOSED'] as const);
}

/**
 * Transitions that the figure omits: from the text of RFC 9293 3.10, and of this implementation.
 */
export const BESIDE_FIGURE_5: readonly Row<TcpState, ConnectionEvent>[] = [
  // CLOSE before the handshake was complete (3.10.4): the FIN follows at once, in place of the
  // transition from SYN-RECEIVED to FIN-WAIT-1.
  ['SYN-SENT', 'strata/RECEIVED_SYN_ACK', 'FIN-WAIT-1'],
  ['SYN-RECEIVED', 'strata/RECEIVED_ACK_OF_SYN', 'FIN-WAIT-1'],
  // A connection request that fails: its listener has been in LISTEN all the time.
  ['SYN-RECEIVED', 'strata/GIVEN_UP', 'LISTEN'],
  ['SYN-RECEIVED', 'strata/UNREACHABLE', 'LISTEN'],
  ['SYN-RECEIVED', 'strata/ABORT', 'LISTEN'],
  ['SYN-RECEIVED', 'strata/LISTENER_CLOSED', 'CLOSED'],
  // A returned SYN cookie: no request was kept (RFC 4987 3.6).
  ['LISTEN', 'strata/RECEIVED_ACK_OF_SYN', 'SYN-RECEIVED'],
  // RST, and the events that end a connection without a segment of the peer (3.10.5, 3.10.7, 3.8.3,
  // 3.9.2.2).
  ...endings([...OPENING, ...OPEN, 'TIME-WAIT'], 'strata/RECEIVED_RST'),
  ...endings([...OPENING, ...OPEN, 'TIME-WAIT'], 'strata/ABORT'),
  ...endings([...OPENING, ...OPEN], 'strata/GIVEN_UP'),
  ...endings(OPENING, 'strata/UNREACHABLE'),
  // The record of an orphan in FIN-WAIT-2 has its own timeout (tcp_fin_timeout).
  ['FIN-WAIT-2', 'strata/TIME_WAIT_OVER', 'CLOSED'],
  ['TIME-WAIT', 'strata/REPLACED', 'CLOSED'],
  // The TCB is removed; the record on the wire stays in this state.
  ['FIN-WAIT-2', 'strata/SOCKET_DONE', 'CLOSED'],
  ['TIME-WAIT', 'strata/SOCKET_DONE', 'CLOSED'],
];

/** Loss recovery, with the events of Linux's tcp_fastretrans_alert() and tcp_enter_loss(). */
export const RECOVERY_TRANSITIONS: readonly Row<CaState, RecoveryEvent>[] = [
  ['open', 'strata/CA_DOUBT', 'disorder'],
  ['open', 'strata/CA_LOSS_FOUND', 'recovery'],
  ['open', 'strata/CA_ECN_ECHO', 'cwr'],
  ['open', 'strata/CA_PROBE_REPAIRED', 'cwr'],
  ['open', 'strata/CA_TIMEOUT', 'loss'],
  ['open', 'strata/CA_RESEND', 'loss'],
  ['disorder', 'strata/CA_SETTLED', 'open'],
  ['disorder', 'strata/CA_LOSS_FOUND', 'recovery'],
  ['disorder', 'strata/CA_ECN_ECHO', 'cwr'],
  ['disorder', 'strata/CA_PROBE_REPAIRED', 'cwr'],
  ['disorder', 'strata/CA_TIMEOUT', 'loss'],
  ['disorder', 'strata/CA_RESEND', 'loss'],
  ['cwr', 'strata/CA_REPAIRED', 'open'],
  ['cwr', 'strata/CA_SETTLED', 'open'],
  ['cwr', 'strata/CA_DOUBT', 'disorder'],
  ['cwr', 'strata/CA_LOSS_FOUND', 'recovery'],
  ['cwr', 'strata/CA_TIMEOUT', 'loss'],
  ['cwr', 'strata/CA_RESEND', 'loss'],
  ['recovery', 'strata/CA_REPAIRED', 'open'],
  ['recovery', 'strata/CA_SETTLED', 'open'],
  ['recovery', 'strata/CA_DOUBT', 'disorder'],
  ['recovery', 'strata/CA_TIMEOUT', 'loss'],
  ['recovery', 'strata/CA_RESEND', 'loss'],
  ['loss', 'strata/CA_REPAIRED', 'open'],
  ['loss', 'strata/CA_SPURIOUS', 'open'],
  ['loss', 'strata/CA_SETTLED', 'open'],
  ['loss', 'strata/CA_DOUBT', 'disorder'],
  ['loss', 'strata/CA_LOSS_FOUND', 'recovery'],
];

/** Whether the table has this transition. */
export function isTransition(
  machine: 'connection' | 'recovery',
  from: string,
  on: string,
  to: string,
): boolean {
  const rows: readonly Row<string, string>[] =
    machine === 'recovery' ? RECOVERY_TRANSITIONS : [...FIGURE_5, ...BESIDE_FIGURE_5];
  return rows.some((row) => row[0] === from && row[1] === on && row[2] === to);
}

type Watched = Pick<TransportContext, 'outcomes'>;

/** The only place that changes the state of a connection: of a TCB, or of a TIME-WAIT record. */
export function changeState<State extends TcpState>(
  context: Watched,
  connection: { state: State; readonly socket?: number },
  to: State,
  on: ConnectionEvent,
): void {
  const from = connection.state;
  if (from === to) return;
  connection.state = to;
  tellState(context, from, to, on, connection.socket);
}

/**
 * Reports a transition where no object's state changes: a connection that begins, or a request or
 * record that is removed.
 */
export function tellState(
  { outcomes }: Watched,
  from: TcpState,
  to: TcpState,
  on: ConnectionEvent,
  socket?: number,
): void {
  if (outcomes.isOn) outcomes.change({ machine: 'connection', from, to }, on, socket);
}

/** The only place that changes the state of loss recovery. */
export function changeCaState(
  { outcomes }: Watched,
  tcb: Tcb,
  to: CaState,
  on: RecoveryEvent,
): void {
  const from = tcb.caState;
  if (from === to) return;
  tcb.caState = to;
  if (outcomes.isOn) outcomes.change({ machine: 'recovery', from, to }, on, tcb.socket);
}
