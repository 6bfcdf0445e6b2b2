import type { TransportContext } from '../../context.ts';

/**
 * When the quiet time is over (RFC 9293 3.4.3). Before that no sequence number is assigned, since a peer may still get segments with the same
 * number of a stack that ran here earlier. RST goes out all the time, as it takes no number.
 */
export function quietUntilMs({ startedAtMs, sysctl }: TransportContext): number {
  return startedAtMs + sysctl.tcp_quiet_time;
}

/** Whether a SYN that came has no answer; counts it. */
export function dropsSynInQuiet(context: TransportContext, nowMs: number): boolean {
  if (nowMs >= quietUntilMs(context)) return false;
  context.counters.StrataQuietDrops += 1;
  return true;
}
