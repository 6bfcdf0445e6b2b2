import type { TransportSysctl } from '../../sysctl.ts';
import type { ArrivedSegment } from '../arrive/segment.ts';
import { headRange } from '../recover/retransmission-queue.ts';
import type { TcpSocketOptions } from '../state/socket.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { giveUpAfterMs } from './rto.ts';

/**
 * L_LIMIT: R2 must be at least 100 s (RFC 1122 4.2.3.5), so that a peer cannot make us give up
 * early.
 */
const LEAST_REMOTE_MS = 100_000;
/** U_LIMIT: a peer cannot make us keep a dead connection longer than this. */
const LARGEST_REMOTE_MS = 3_600_000;

/**
 * USER_TIMEOUT, milliseconds; 0: none, `tcp_retries2` decides. The peer never changes a value set
 * by the application (CHANGEABLE).
 */
export function userTimeoutMs(context: TcpContext, tcb: Tcb): number {
  const own = tcb.options.userTimeoutMs ?? 0;
  const { remoteMs } = tcb.userTimeout;
  if (own > 0 || remoteMs === 0 || tcb.options.userTimeoutOption !== true) return own;
  // max(ADV_UTO, REMOTE_UTO, L_LIMIT): a peer can only make the timeout longer.
  if (remoteMs <= Math.max(defaultUserTimeoutMs(context.sysctl), LEAST_REMOTE_MS)) return 0;
  return Math.min(LARGEST_REMOTE_MS, remoteMs);
}

function defaultUserTimeoutMs({
  tcp_retries2,
  tcp_rto_min_us,
  tcp_rto_max_ms,
}: TransportSysctl): number {
  return giveUpAfterMs(tcp_retries2, tcp_rto_min_us / 1000, tcp_rto_max_ms);
}

/** ADV_UTO for the option of a SYN or SYN,ACK, seconds; undefined: no option. */
export function userTimeoutOfSyn(
  sysctl: TransportSysctl,
  options: TcpSocketOptions,
): number | undefined {
  if (options.userTimeoutOption !== true) return undefined;
  const own = options.userTimeoutMs || defaultUserTimeoutMs(sysctl);
  return Math.max(1, Math.ceil(own / 1000));
}

/** ADV_UTO for the option of any other segment, seconds; undefined: no option. */
export function userTimeoutToAnnounce(context: TcpContext, tcb: Tcb): number | undefined {
  if (tcb.options.userTimeoutOption !== true || tcb.userTimeout.toAnnounce === 0) return undefined;
  tcb.userTimeout.toAnnounce -= 1;
  return userTimeoutOfSyn(context.sysctl, tcb.options);
}

/** Processes the peer's option (RFC 5482 3.1). */
export function takeUserTimeout(tcb: Tcb, segment: Pick<ArrivedSegment, 'options'>): void {
  const seconds = segment.options.userTimeoutSeconds;
  if (seconds !== undefined) tcb.userTimeout.remoteMs = seconds * 1000;
}

/**
 * When the user timeout ends (RFC 9293 3.8.3): for data in flight, or, as in Linux's
 * tcp_probe_timer(), for data that waits for a closed window. Infinity: no user timeout, or nothing
 * waits. Called whenever something was sent or acknowledged.
 */
export function userTimeoutAtMs(
  context: TcpContext,
  tcb: Tcb,
  isHeldBack: boolean,
  nowMs: number,
): number {
  const limitMs = userTimeoutMs(context, tcb);
  if (limitMs === 0) return Infinity;
  const { userTimeout } = tcb;
  const head = headRange(tcb.retransmission);
  const isShut = tcb.sndWnd === 0 && (isHeldBack || tcb.probes > 0);
  if (head === undefined && !isShut) {
    userTimeout.sinceMs = -1;
    return Infinity;
  }
  if (userTimeout.sinceMs < 0 || userTimeout.sndUna !== tcb.sndUna) {
    // Data sent once has waited since its transmission. Otherwise the time starts here, as in
    // Linux's tcp_retransmit_timer().
    userTimeout.sinceMs = head?.transmissions === 1 && !isShut ? head.sentAtMs : nowMs;
    userTimeout.sndUna = tcb.sndUna;
  }
  return userTimeout.sinceMs + limitMs;
}
