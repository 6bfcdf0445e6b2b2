import type { TcpEnvironment } from '../environment.ts';
import { output } from '../send/output.ts';
import type { Tcb } from '../state/tcb.ts';
import { rearmRetransmission } from '../timers/transmit-timer.ts';
import { hasFixedWindow } from './congestion/registry.ts';
import { findByTime } from './find-losses.ts';
import { inFlightOctets } from './in-flight.ts';
import { enterRecovery, isReducing } from './loss-recovery.ts';
import { reducedWindow } from './prr.ts';

/** The reordering timer has expired (RFC 8985 6.3): what was late enough to wait for is lost. */
export function onReorderTimeout(env: TcpEnvironment, tcb: Tcb, nowMs: number): void {
  const { retransmission: queue, congestion } = tcb;
  tcb.undo.holdsBack = false;
  const waitedOctets = queue.waitingOctets;
  const isAgain = findByTime(env, tcb, nowMs);
  if (queue.waitingOctets > waitedOctets) {
    if (tcb.phase !== 'recovery') enterRecovery(env, tcb, nowMs);
    if (isReducing(tcb) && tcb.prr.recoverOctets > 0 && !hasFixedWindow(congestion)) {
      congestion.cwnd = reducedWindow(tcb.prr, {
        deliveredOctets: 0,
        inFlightOctets: inFlightOctets(tcb),
        ssthresh: congestion.ssthresh,
        mss: tcb.sndMss,
        isSafe: false,
      });
    }
  }
  if (!isAgain) rearmRetransmission(env, tcb, nowMs);
  output(env, tcb, nowMs);
}
