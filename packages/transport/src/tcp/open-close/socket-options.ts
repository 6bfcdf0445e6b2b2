import { grantSendCredit } from '../arrive/hand-up.ts';
import { isHeard } from '../arrive/soft-error.ts';
import {
  congestionControlFault,
  hasFixedWindow,
  switchCongestionControl,
} from '../recover/congestion/registry.ts';
import { pushCorked } from '../send/cork.ts';
import type { TcpSocketOptions } from '../state/socket.ts';
import { isSynchronized, type Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { armKeepalive } from '../timers/keepalive.ts';

/**
 * The options after the changes. An absent change keeps the old value, and so does the name of an
 * unknown congestion control.
 */
export function mergeOptions(
  options: TcpSocketOptions,
  changes: TcpSocketOptions,
): TcpSocketOptions {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  const merged = { ...options, ...Object.fromEntries(given) };
  if (congestionControlFault(changes.congestionControl) === undefined) return merged;
  return { ...merged, congestionControl: options.congestionControl };
}

/**
 * Changes the options of an existing connection. The options that Linux lets change on an open
 * connection take effect.
 */
export function changeOptions(
  context: TcpContext,
  tcb: Tcb,
  changes: TcpSocketOptions,
  nowMs: number,
): void {
  tcb.options = mergeOptions(tcb.options, changes);
  const { congestionControl, receiveBufferOctets } = changes;
  const fault = congestionControlFault(congestionControl);
  if (fault !== undefined && isHeard(tcb)) {
    const { socket, endpoint, remote } = tcb;
    context.indicate({ kind: 'error', socket, endpoint, reason: 'invalid', remote, detail: fault });
  }
  if (congestionControl !== undefined) {
    const before = tcb.congestion;
    tcb.congestion = switchCongestionControl(before, congestionControl, tcb.sndMss);
    // An undo must not restore a fixed window, nor replace one.
    if (hasFixedWindow(before) !== hasFixedWindow(tcb.congestion)) tcb.undo.before = undefined;
  }
  if (receiveBufferOctets !== undefined) tcb.rcvBufferOctets = receiveBufferOctets;
  if (changes.sendBufferOctets !== undefined) grantSendCredit(context, tcb);
  // Waiting data is sent, even if the socket is corked, as in Linux's __tcp_sock_set_nodelay().
  if (changes.noDelay === true) pushCorked(tcb);
  if (changes.keepAlive !== undefined || changes.keepAliveIdleMs !== undefined) {
    armKeepalive(context, tcb, nowMs);
  }
  if (changes.userTimeoutMs !== undefined || changes.userTimeoutOption === true) {
    announceUserTimeout(tcb);
  }
}

/** RFC 5482 3.1: announce the change to the peer. */
function announceUserTimeout(tcb: Tcb): void {
  if (tcb.options.userTimeoutOption !== true || !isSynchronized(tcb.state)) return;
  tcb.userTimeout.toAnnounce = 1;
  tcb.ackOwed = 'now';
}
