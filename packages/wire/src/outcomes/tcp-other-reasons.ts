/**
 * The reasons for what TCP does, except drops and RST. A row without counters: the calling code
 * counts segments, or nothing is counted.
 */
import type { ReasonTable } from './reason-row.ts';

/** Received segments that are accepted, and sent segments. */
export const TCP_TRAFFIC_REASONS = {
  'strata/COMMANDED': {
    counters: [],
    means: 'A person, or the stack around the core, asked for it.',
  },
  CONSUMED: { counters: [], means: 'It was accepted.' },
  TCP_RESET: {
    counters: [],
    means: 'It is an RST. A dropped RST was not accepted.',
    see: 'RFC 5961 3.2',
  },
  'strata/OUT_OF_ORDER': {
    counters: ['TCPOFOQueue'],
    means: 'Its data waits for the data before it.',
    see: 'RFC 9293 3.10.7.4, SHLD-31',
  },
  'strata/INDICATED': { counters: [], means: 'The application is told.' },
  'strata/FIN_OUT_OF_ORDER': {
    counters: [],
    means: 'FIN waits for the data before it.',
    see: 'RFC 9293 3.10.7.4',
  },
  'strata/PATH_MTU_PENDING': {
    counters: [],
    means: 'A path MTU that is accepted once the quoted segment is found lost.',
    see: 'RFC 5927 7.2',
  },
  'strata/SENT': { counters: [], means: 'It was requested and is sent.' },
  'strata/SYN': { counters: [], means: 'A connection is opened.', see: 'RFC 9293 3.10.1' },
  'strata/SYN_ACK': { counters: [], means: 'A SYN is answered.', see: 'RFC 9293 3.10.7.2' },
  'strata/SYN_COOKIE': {
    counters: ['SyncookiesSent'],
    means: 'A SYN is answered with a SYN cookie, and no state is kept.',
    see: 'RFC 4987 3.6',
  },
  'strata/ACK': { counters: [], means: 'An acknowledgment without data.', see: 'RFC 9293 3.8.6.3' },
  'strata/CHALLENGE_ACK': {
    counters: ['TCPChallengeACK'],
    means: 'A challenge ACK: the sender has to prove that it knows the connection.',
    see: 'RFC 5961 3.2, 4.2, 5.2',
  },
  'strata/PATH_MTU_LEARNT': {
    counters: [],
    means: 'A path MTU that is accepted.',
    see: 'RFC 1191 3',
  },
} as const satisfies ReasonTable;

/** Why a segment is sent again, or a probe is sent. */
export const TCP_RETRANSMIT_REASONS = {
  'strata/RTO': { counters: [], means: 'The retransmission timer expired.', see: 'RFC 6298 5.4' },
  'strata/FAST_RETRANSMIT': {
    counters: [],
    means: 'It is deemed lost, because of duplicate ACKs, SACK or time.',
    see: 'RFC 6675 5, RFC 8985 6.2',
  },
  'strata/SLOW_START_RETRANSMIT': {
    counters: [],
    means: 'It is deemed lost after a timeout, and the window has room for it.',
    see: 'RFC 5681 3.1',
  },
  'strata/RESCUE_RETRANSMIT': {
    counters: [],
    means: 'There is nothing else to send in recovery.',
    see: 'RFC 6675 4, NextSeg (3) and (4)',
  },
  'strata/TAIL_LOSS_PROBE': {
    counters: ['TCPLossProbes'],
    means: 'The last segment may be lost: a probe asks for an acknowledgment.',
    see: 'RFC 8985 7.3',
  },
  'strata/WINDOW_PROBE': {
    counters: ['TCPWinProbe'],
    means: 'The window of the peer is zero or too small: it is probed.',
    see: 'RFC 9293 3.8.6.1',
  },
  'strata/KEEPALIVE': {
    counters: ['TCPKeepAlive'],
    means: 'Nothing was received from the peer for a long time.',
    see: 'RFC 9293 3.8.4',
  },
  'strata/SYN_TIMEOUT': {
    counters: [],
    means: 'SYN or SYN,ACK was not answered.',
    see: 'RFC 9293 3.8.1',
  },
  'strata/SYN_REPEATED': {
    counters: [],
    means: "The peer's SYN came again: our answer is sent again.",
    see: 'RFC 9293 3.10.7.4',
  },
} as const satisfies ReasonTable;

/** Timers that expire. */
export const TCP_TIMER_REASONS = {
  'strata/RETRANSMIT_TIMER': {
    counters: [],
    means: 'The retransmission timer.',
    see: 'RFC 6298 5',
  },
  'strata/REORDER_TIMER': { counters: [], means: "RACK's reordering timer.", see: 'RFC 8985 6.3' },
  'strata/LOSS_PROBE_TIMER': {
    counters: [],
    means: 'The tail loss probe timer.',
    see: 'RFC 8985 7.3',
  },
  'strata/PERSIST_TIMER': { counters: [], means: 'The persist timer.', see: 'RFC 9293 3.8.6.1' },
  'strata/DELAYED_ACK_TIMER': {
    counters: ['DelayedACKs'],
    means: 'An acknowledgment has waited long enough for data.',
    see: 'RFC 9293 3.8.6.3',
  },
  'strata/KEEPALIVE_TIMER': { counters: [], means: 'The keepalive timer.', see: 'RFC 9293 3.8.4' },
  'strata/CORK_TIMER': {
    counters: [],
    means: 'A small segment has waited long enough (TCP_CORK).',
  },
  'strata/PACING_TIMER': { counters: [], means: 'Pacing allows the next segment.' },
  'strata/SYN_ACK_TIMER': {
    counters: ['TCPTimeouts'],
    means: 'A SYN,ACK was not answered in time.',
    see: 'RFC 6298 5',
  },
  'strata/TIME_WAIT_TIMER': {
    counters: ['TW'],
    means: '2 MSL or tcp_fin_timeout is over.',
    see: 'RFC 9293 3.10.8',
  },
} as const satisfies ReasonTable;
