/** ARP (RFC 826) with Linux's rules on what to answer and what to believe (net/ipv4/arp.c). */
import {
  type AddressType,
  ARP_REPLY,
  ARP_REQUEST,
  type Arp,
  type IpAddress,
  inPrefix,
  isGroupMac,
  isLoopbackIpv4,
  isMulticastIpv4,
  isParseError,
  LIMITED_BROADCAST_IPV4,
  parseArp,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import type { LinkContext } from '../context.ts';
import type { LinkInterface } from '../interface/interface.ts';
import { dropFrame } from '../outcomes.ts';
import { answerAsProxy, answerOwn } from './answer.ts';
import { takeConflict } from './claim-addresses.ts';
import { isProxied } from './proxied.ts';

/** Handles an ARP packet that was received on an interface with ARP. */
export function receiveArp(
  context: LinkContext,
  link: LinkInterface,
  packet: Uint8Array,
  cast: AddressType,
  nowMs: number,
): void {
  const { interfaces, report } = context;
  report.counters.arp_received += 1;
  const arp = parseArp(packet);
  if (isParseError(arp) || !isCredible(arp)) return dropFrame(report, link, 'strata/ARP_INVALID');
  // Our own packet: the wire echoed it, or two of our interfaces are on one wire.
  if (interfaces.hasMac(arp.senderMac)) return dropFrame(report, link, 'strata/ARP_OWN');
  const { operation, senderAddress, targetAddress } = arp;
  if (senderAddress === targetAddress && link.conf.drop_gratuitous_arp !== 0) {
    return dropFrame(report, link, 'strata/ARP_GRATUITOUS');
  }
  if (takeConflict(context, link, arp, nowMs)) {
    return dropFrame(report, link, 'strata/ARP_CONFLICT');
  }
  const isRequest = operation === ARP_REQUEST;
  // The address may belong to any interface (arp_ignore 0).
  if (isRequest && interfaces.isOwn(targetAddress)) return answerOwn(context, link, arp, nowMs);
  if (senderAddress === UNSPECIFIED_IPV4) return dropFrame(report, link, 'strata/ARP_PROBE');
  if (isRequest && isProxied(context, link, arp)) {
    return answerAsProxy(context, link, arp, cast, nowMs);
  }
  if (!learn(context, link, arp, cast, nowMs)) {
    return dropFrame(report, link, 'strata/ARP_UNWANTED');
  }
  if (report.outcomes.isOn) report.outcomes.report('delivered', 'strata/ARP_LEARNT', senderAddress);
}

/**
 * Handles a reply, a gratuitous packet, or a request for another station: it may change an existing
 * entry (RFC 826). With `arp_accept`, an unsolicited reply and a gratuitous packet also make one.
 * False: it changes nothing.
 */
function learn(
  { neighbours }: LinkContext,
  link: LinkInterface,
  arp: Arp,
  cast: AddressType,
  nowMs: number,
): boolean {
  const isReply = arp.operation === ARP_REPLY;
  const isGratuitous =
    arp.senderAddress === arp.targetAddress && (!isReply || arp.targetMac === arp.senderMac);
  // Only an answer to us proves that packets reach its sender (RFC 4861 7.3.1).
  const isAnswer = isReply && cast === 'unicast';
  const news = {
    mac: arp.senderMac,
    state: isAnswer ? 'REACHABLE' : 'STALE',
    isOverride: isGratuitous,
    isCreating: (isGratuitous || isReply) && isAccepted(link, arp.senderAddress),
  } as const;
  return neighbours.learn(link.index, arp.senderAddress, news, nowMs);
}

/** Whether `arp_accept` lets an unsolicited packet of this sender make an entry. */
function isAccepted(link: LinkInterface, sender: IpAddress): boolean {
  const level = link.conf.arp_accept;
  if (level !== 2) return level === 1;
  return link.addresses.some(({ address, prefixLength }) =>
    inPrefix(sender, address, prefixLength),
  );
}

/** Whether the packet's sender and target can be stations, and it is a request or a reply. */
function isCredible(arp: Arp): boolean {
  const { operation, senderMac, senderAddress, targetAddress } = arp;
  if (operation !== ARP_REQUEST && operation !== ARP_REPLY) return false;
  if (senderMac === 0 || isGroupMac(senderMac)) return false;
  return (
    isStation(targetAddress) && (senderAddress === UNSPECIFIED_IPV4 || isStation(senderAddress))
  );
}

function isStation(address: IpAddress): boolean {
  return (
    !isMulticastIpv4(address) && !isLoopbackIpv4(address) && address !== LIMITED_BROADCAST_IPV4
  );
}
