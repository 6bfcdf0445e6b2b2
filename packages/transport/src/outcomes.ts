import {
  TCP_DROP_REASONS,
  TCP_RESET_REASONS,
  TCP_RETRANSMIT_REASONS,
  TCP_SYN_SENT_REASONS,
  TCP_TIMER_REASONS,
  TCP_TRAFFIC_REASONS,
  TCP_WITHHELD_REASONS,
  TRANSPORT_DROP_REASONS,
  UDP_DROP_REASONS,
} from '@strata/wire';
import type { TransportContext } from './context.ts';
import type { TransportCounterName } from './counters.ts';

/** Why a segment, an ICMP error or a request comes to nothing. */
export type TcpDrop = keyof typeof TCP_DROP_REASONS;
/** Why an acknowledgment is not sent. */
export type TcpWithheld = keyof typeof TCP_WITHHELD_REASONS;
/** Why RST is sent. */
export type ResetReason = keyof typeof TCP_RESET_REASONS;
/** Why a segment is sent again, or one beside the windows. */
export type ResendReason = keyof typeof TCP_RETRANSMIT_REASONS;
export type TcpTraffic = keyof typeof TCP_TRAFFIC_REASONS;
export type UdpDrop = keyof typeof UDP_DROP_REASONS;

/** What counting and telling need. */
export type Reporter = Pick<TransportContext, 'counters' | 'outcomes'>;

/** Drops what came: counts it as its reason says, and tells whoever observes. */
export function dropTcp(context: Reporter, reason: TcpDrop): void {
  count(context, TCP_DROP_REASONS[reason].counters);
  if (context.outcomes.isOn) context.outcomes.report('dropped', reason);
}

/** As {@link dropTcp}, in SYN-SENT. */
export function dropInSynSent(context: Reporter, reason: keyof typeof TCP_SYN_SENT_REASONS): void {
  count(context, TCP_SYN_SENT_REASONS[reason].counters);
  if (context.outcomes.isOn) context.outcomes.report('dropped', reason);
}

/** Does not send an acknowledgment that was to be sent. */
export function withhold(context: Reporter, reason: TcpWithheld): void {
  count(context, TCP_WITHHELD_REASONS[reason].counters);
  if (context.outcomes.isOn) context.outcomes.reportOf(undefined, 'dropped', reason);
}

/** Drops what came by UDP. */
export function dropUdp(context: Reporter, reason: UdpDrop): void {
  count(context, UDP_DROP_REASONS[reason].counters);
  if (context.outcomes.isOn) context.outcomes.report('dropped', reason);
}

/** Drops what neither TCP nor UDP sees. */
export function dropOther(context: Reporter, reason: keyof typeof TRANSPORT_DROP_REASONS): void {
  count(context, TRANSPORT_DROP_REASONS[reason].counters);
  if (context.outcomes.isOn) context.outcomes.report('dropped', reason);
}

/** What came was taken, as it should be. */
export function took(context: Reporter, reason: TcpTraffic = 'CONSUMED'): void {
  if (context.outcomes.isOn) context.outcomes.report('delivered', reason);
}

/** As {@link took}, by UDP. */
export function tookUdp(context: Reporter): void {
  if (context.outcomes.isOn) context.outcomes.report('delivered', 'CONSUMED');
}

/** What came waits. */
export function queued(context: Reporter, reason: TcpTraffic): void {
  count(context, TCP_TRAFFIC_REASONS[reason].counters);
  if (context.outcomes.isOn) context.outcomes.report('queued', reason);
}

/** The next PDU answers what came. */
export function answering(context: Reporter, reason: TcpTraffic): void {
  count(context, TCP_TRAFFIC_REASONS[reason].counters);
  if (context.outcomes.isOn) context.outcomes.purpose('answered', reason);
}

/** The next PDU is sent again, or beside the windows. */
export function resending(
  context: Reporter,
  reason: ResendReason,
  verdict: 'retransmitted' | 'emitted' = 'retransmitted',
): void {
  count(context, TCP_RETRANSMIT_REASONS[reason].counters);
  if (context.outcomes.isOn) context.outcomes.purpose(verdict, reason);
}

/** The next PDU is RST. `answers`: what came is its cause; else it ends a connection of ours. */
export function resetting(context: Reporter, reason: ResetReason, answers: boolean): void {
  count(context, TCP_RESET_REASONS[reason].counters);
  if (context.outcomes.isOn) context.outcomes.purpose(answers ? 'answered' : 'emitted', reason);
}

/** A timer has expired. `about`: the socket, where there is one. */
export function expired(
  context: Reporter,
  name: string,
  reason: keyof typeof TCP_TIMER_REASONS,
  about: number | undefined,
  nowMs: number,
): void {
  count(context, TCP_TIMER_REASONS[reason].counters);
  if (context.outcomes.isOn) context.outcomes.expire(name, reason, about, nowMs);
}

function count({ counters }: Reporter, names: readonly TransportCounterName[]): void {
  for (const name of names) counters[name] += 1;
}
