/** Which ARP requests are answered: arp_ignore, arp_filter, proxy_arp (Linux's arp_process()). */
import { type AddressType, type Arp, inPrefix, knobsOf, UNSPECIFIED_IPV4 } from '@strata/wire';
import type { LinkContext } from '../context.ts';
import type { LinkInterface } from '../interface/interface.ts';
import { routeTo } from '../interface/link-routes.ts';
import { dropFrame } from '../outcomes.ts';
import { delayAnswer } from './delayed-answers.ts';
import { reply } from './send-arp.ts';

/** Handles a request for an address of ours, on any interface. */
export function answerOwn(
  context: LinkContext,
  link: LinkInterface,
  request: Arp,
  nowMs: number,
): void {
  const { report } = context;
  if (isIgnored(link, request)) return dropFrame(report, link, 'strata/ARP_IGNORED');
  // A probe (RFC 5227 2.1.1): its sender has no address yet, so there is nothing to learn.
  if (request.senderAddress !== UNSPECIFIED_IPV4) {
    if (isFiltered(context, link, request)) return dropFrame(report, link, 'strata/ARP_FILTERED');
    learnSender(context, link, request, nowMs);
  }
  const { outcomes } = report;
  if (outcomes.isOn) {
    outcomes.report('delivered', 'strata/ARP_REQUEST', request.senderAddress);
    outcomes.purpose('answered', 'strata/ARP_REQUEST');
  }
  reply(context, link, request);
}

/** Handles a request for an address that link answers for as a proxy (RFC 1027). */
export function answerAsProxy(
  context: LinkContext,
  link: LinkInterface,
  request: Arp,
  cast: AddressType,
  nowMs: number,
): void {
  learnSender(context, link, request, nowMs);
  const { outcomes } = context.report;
  if (cast !== 'unicast' && knobsOf(context.knobs.neigh, link.index).proxy_delay > 0) {
    return delayAnswer(context, link, request, nowMs);
  }
  if (outcomes.isOn) {
    outcomes.report('delivered', 'strata/ARP_PROXY', request.senderAddress);
    outcomes.purpose('answered', 'strata/ARP_PROXY');
  }
  reply(context, link, request);
}

/** Whether `arp_ignore` forbids an answer. */
function isIgnored(link: LinkInterface, { senderAddress, targetAddress }: Arp): boolean {
  const own = link.addresses.find(({ address }) => address === targetAddress);
  switch (link.conf.arp_ignore) {
    case 1:
      return own === undefined;
    case 2:
      return !(
        own !== undefined &&
        (senderAddress === UNSPECIFIED_IPV4 ||
          inPrefix(senderAddress, own.address, own.prefixLength))
      );
    case 8:
      return true;
    default:
      // 3 ignores addresses of scope host. Those of an interface are all global.
      return false;
  }
}

/**
 * Whether `arp_filter` forbids an answer: packets to the sender would leave through another
 * interface. Link answers as long as network has told no routes.
 */
function isFiltered({ routes }: LinkContext, link: LinkInterface, { senderAddress }: Arp): boolean {
  if (link.conf.arp_filter === 0 || routes === undefined) return false;
  return routeTo(routes, senderAddress)?.interfaces.includes(link.index) !== true;
}

function learnSender(
  { neighbours }: LinkContext,
  link: LinkInterface,
  { senderMac, senderAddress }: Arp,
  nowMs: number,
): void {
  const news = { mac: senderMac, state: 'STALE', isOverride: true, isCreating: true } as const;
  neighbours.learn(link.index, senderAddress, news, nowMs);
}
