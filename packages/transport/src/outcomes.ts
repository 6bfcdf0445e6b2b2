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

/** Why a segment, an ICMP error or a request is dropped. */
export type TcpDrop = keyof typeof TCP_DROP_REASONS;
/** Why an acknowledgment is not sent. */
export type TcpWithheld = keyof typeof TCP_WITHHELD_REASONS;
/** Why a RST is sent. */
export type ResetReason = keyof typeof TCP_RESET_REASONS;
/** Why a segment is retransmitted, or sent without regard to the windows. */
export type ResendReason = keyof typeof TCP_RETRANSMIT_REASONS;
export type TcpTraffic = keyof typeof TCP_TRAFFIC_REASONS;
export type UdpDrop = keyof typeof UDP_DROP_REASONS;

/** The context that counters and outcomes need. */
export type Reporter = Pick<TransportContext, 'counters' | 'outcomes'>;

/** Reports the present input as dropped, and adds to the reason's counters. */
export function dropTcp(context: Reporter, reason: TcpDrop): void {
  count(context, TCP_DROP_REASONS[reason].counters);
  if (context.outcomes.isOn) context.outcomes.report('dropped', reason);
}

/** Like {@link dropTcp}, in SYN-SENT. */
export function dropInSynSent(context: Reporter, reason: keyof typeof TCP_SYN_SENT_REASONS): void {
  count(context, TCP_SYN_SENT_REASONS[reason].counters);
  if (context.outcomes.isOn) context.outcomes.report('dropped', reason);
}

/** Reports that an acknowledgment was due but is not sent. */
export function withhold(context: Reporter, reason: TcpWithheld): void {
  count(context, TCP_WITHHELD_REASONS[reason].counters);
  if (context.outcomes.isOn) context.outcomes.reportOf(undefined, 'dropped', reason);
}

/** Like {@link dropTcp}, for UDP. */
export function dropUdp(context: Reporter, reason: UdpDrop): void {
  count(context, UDP_DROP_REASONS[reason].counters);
  if (context.outcomes.isOn) context.outcomes.report('dropped', reason);
}

/** Like {@link dropTcp}, for inputs that reach neither TCP nor UDP. */
export function dropOther(context: Reporter, reason: keyof typeof TRANSPORT_DROP_REASONS): void {
  count(context, TRANSPORT_DROP_REASONS[reason].counters);
  if (context.outcomes.isOn) context.outcomes.report('dropped', reason);
}

/** Reports the present input as processed normally. */
export function took(context: Reporter, reason: TcpTraffic = 'CONSUMED'): void {
  if (context.outcomes.isOn) context.outcomes.report('delivered', reason);
}

/** Like {@link took}, for UDP. */
export function tookUdp(context: Reporter): void {
  if (context.outcomes.isOn) context.outcomes.report('delivered', 'CONSUMED');
}

/** Reports the present input as queued. */
export function queued(context: Reporter, reason: TcpTraffic): void {
  count(context, TCP_TRAFFIC_REASONS[reason].counters);
  if (context.outcomes.isOn) context.outcomes.report('queued', reason);
}

/** The next PDU answers the present input. */
export function answering(context: Reporter, reason: TcpTraffic): void {
  count(context, TCP_TRAFFIC_REASONS[reason].counters);
  if (context.outcomes.isOn) context.outcomes.purpose('answered', reason);
}

/** The next PDU is a retransmission, or is sent without regard to the windows. */
export function resending(
  context: Reporter,
  reason: ResendReason,
  verdict: 'retransmitted' | 'emitted' = 'retransmitted',
): void {
  count(context, TCP_RETRANSMIT_REASONS[reason].counters);
  if (context.outcomes.isOn) context.outcomes.purpose(verdict, reason);
}

/**
 * The next PDU is a RST. `answers`: it answers the present input; otherwise it ends a connection of
 * ours.
 */
export function resetting(context: Reporter, reason: ResetReason, answers: boolean): void {
  count(context, TCP_RESET_REASONS[reason].counters);
  if (context.outcomes.isOn) context.outcomes.purpose(answers ? 'answered' : 'emitted', reason);
}

/** Reports that a timer has expired. `about`: its socket, if it has one. */
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
