/**
 * Answers as a proxy that wait for a random time, so that the station itself answers first if it is
 * on the wire (`proxy_delay`, `proxy_qlen`).
 */
import { type Arp, knobsOf } from '@strata/wire';
import type { LinkContext } from '../context.ts';
import type { LinkInterface } from '../interface/interface.ts';
import { dropFrame } from '../outcomes.ts';
import { isProxied } from './proxied.ts';
import { reply } from './send-arp.ts';

/** Keeps a request for up to `proxy_delay`; drops it if `proxy_qlen` of its interface wait. */
export function delayAnswer(
  context: LinkContext,
  link: LinkInterface,
  request: Arp,
  nowMs: number,
): void {
  const { delayedAnswers: waiting, knobs, random, report } = context;
  const { proxy_delay, proxy_qlen } = knobsOf(knobs.neigh, link.index);
  const ofLink = waiting.filter(({ interfaceIndex }) => interfaceIndex === link.index);
  if (ofLink.length > proxy_qlen) return dropFrame(report, link, 'strata/ARP_PROXY_FULL');
  const { outcomes } = report;
  if (outcomes.isOn) outcomes.report('queued', 'strata/ARP_PROXY', request.senderAddress);
  const dueMs = nowMs + random() * proxy_delay * 10;
  const at = waiting.findIndex((other) => other.dueMs > dueMs);
  const one = { interfaceIndex: link.index, request, dueMs };
  waiting.splice(at < 0 ? waiting.length : at, 0, one);
}

export function nextAnswerMs({ delayedAnswers }: LinkContext): number {
  return delayedAnswers[0]?.dueMs ?? Number.POSITIVE_INFINITY;
}

/** Sends the answers that are due, if they are still wanted. */
export function sendDelayedAnswers(context: LinkContext, nowMs: number): void {
  const { delayedAnswers: waiting, interfaces, report } = context;
  while (nextAnswerMs(context) <= nowMs) {
    const { interfaceIndex, request } = waiting.shift()!;
    const link = interfaces.get(interfaceIndex);
    if (link === undefined || !link.isUp || !isProxied(context, link, request)) continue;
    const { outcomes } = report;
    if (outcomes.isOn) {
      outcomes.expire('proxy', 'strata/ARP_PROXY', request.senderAddress, nowMs);
      outcomes.purpose('answered', 'strata/ARP_PROXY');
    }
    reply(context, link, request);
  }
}
