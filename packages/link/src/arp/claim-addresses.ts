/**
 * How link claims an address on a wire (RFC 5227): it probes whether another station has it,
 * announces it, defends it, or gives it up. The knobs are accept_dad, dad_transmits and arp_defend.
 */
import {
  ARP_REQUEST,
  type Arp,
  type IpAddress,
  type MacAddress,
  type Reason,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import type { LinkContext } from '../context.ts';
import type { LinkEvent } from '../event.ts';
import { type AddressClaim, type AddressState, createClaim } from '../interface/address-claim.ts';
import type { LinkInterface } from '../interface/interface.ts';
import { announce, probe } from './send-arp.ts';

const NEVER = Number.POSITIVE_INFINITY;
/** The time is not known before the next timeout, which comes at once. */
const AT_ONCE = Number.NEGATIVE_INFINITY;

// RFC 5227 1.1.
const PROBE_WAIT_MS = 1_000;
const PROBE_MIN_MS = 1_000;
const PROBE_MAX_MS = 2_000;
const ANNOUNCE_WAIT_MS = 2_000;
const ANNOUNCE_NUM = 2;
const ANNOUNCE_INTERVAL_MS = 2_000;
const DEFEND_INTERVAL_MS = 10_000;

/**
 * Claims the addresses of an interface that it has no claim to yet; an interface that came up has
 * none. With `accept_dad` they are tentative and probed for, else they are in use at once.
 */
export function claimAddresses(context: LinkContext, link: LinkInterface): void {
  const { claims, conf } = link;
  const isProbing = conf.accept_dad !== 0 && conf.dad_transmits > 0 && link.arp;
  for (const known of claims.keys()) {
    if (!link.addresses.some(({ address }) => address === known)) claims.delete(known);
  }
  for (const { address } of link.addresses) {
    if (claims.has(address)) continue;
    const claim = createClaim(address);
    claims.set(address, claim);
    if (!isProbing || !link.isUp) continue;
    claim.probes = conf.dad_transmits;
    claim.deadlineMs = AT_ONCE;
    changeState(context, claim, 'tentative', 'strata/ARP_PROBING');
  }
  context.interfaces.addressesChanged();
  findClaimDeadline(context);
}

/**
 * Finds when the next step of any claim is due. To be called when a claim has changed: the deadline
 * is read after each batch of inputs, so it is kept.
 */
export function findClaimDeadline(context: LinkContext): void {
  let nextMs = NEVER;
  for (const { claims } of context.interfaces.values()) {
    for (const { deadlineMs } of claims.values()) nextMs = Math.min(nextMs, deadlineMs);
  }
  context.claimDeadlineMs = nextMs;
}

/** Sends the probes and announcements that are due. */
export function continueClaims(context: LinkContext, nowMs: number): void {
  if (nowMs < context.claimDeadlineMs) return;
  for (const link of context.interfaces.values()) {
    for (const claim of link.claims.values()) {
      if (claim.deadlineMs > nowMs) continue;
      const { outcomes } = context.report;
      if (outcomes.isOn) outcomes.expire('address', 'strata/ADDRESS_TIMER', claim.address, nowMs);
      step(context, link, claim, nowMs);
    }
  }
  findClaimDeadline(context);
}

function step(context: LinkContext, link: LinkInterface, claim: AddressClaim, nowMs: number): void {
  const { random } = context;
  if (!link.isUp || !link.arp) claim.deadlineMs = NEVER;
  else if (claim.deadlineMs === AT_ONCE) claim.deadlineMs = nowMs + random() * PROBE_WAIT_MS;
  else if (claim.probes > 0) {
    probe(context, link, claim.address);
    claim.probes -= 1;
    const gapMs = PROBE_MIN_MS + random() * (PROBE_MAX_MS - PROBE_MIN_MS);
    claim.deadlineMs = nowMs + (claim.probes > 0 ? gapMs : ANNOUNCE_WAIT_MS);
  } else {
    if (claim.state === 'tentative') {
      // No conflict until ANNOUNCE_WAIT after the last probe (RFC 5227 2.1.1): it is ours.
      claim.announcements = ANNOUNCE_NUM;
      changeState(context, claim, 'preferred', 'strata/ADDRESS_TIMER');
      tell(context, link, claim, 'preferred');
    }
    announce(context, link, claim.address);
    claim.announcements -= 1;
    claim.deadlineMs = claim.announcements > 0 ? nowMs + ANNOUNCE_INTERVAL_MS : NEVER;
  }
}

/**
 * Whether another station claims an address of ours by this packet. Then the address is defended or
 * given up.
 */
export function takeConflict(
  context: LinkContext,
  link: LinkInterface,
  arp: Arp,
  nowMs: number,
): boolean {
  const { senderMac, senderAddress } = arp;
  const probed = probedAddress(arp);
  const claim = link.claims.get(probed ?? senderAddress);
  if (claim === undefined) return context.interfaces.isOwn(senderAddress);
  switch (claim.state) {
    case 'tentative':
      // Also two stations that probe at the same time both stay away (RFC 5227 2.1.1).
      giveUp(context, link, claim, senderMac);
      return true;
    case 'preferred':
      // A probe for an address in use is answered: the answer defends it.
      if (probed !== undefined) return false;
      defend(context, link, claim, senderMac, nowMs);
      return true;
    case 'duplicate':
      return probed === undefined;
  }
}

/** The address that a probe asks for. Undefined: the packet is no probe. */
function probedAddress({ operation, senderAddress, targetAddress }: Arp): IpAddress | undefined {
  const isProbe = operation === ARP_REQUEST && senderAddress === UNSPECIFIED_IPV4;
  return isProbe ? targetAddress : undefined;
}

/** RFC 5227 2.4: (a) give up, (b) defend once and then give up, or (c) defend for ever. */
function defend(
  context: LinkContext,
  link: LinkInterface,
  claim: AddressClaim,
  rival: MacAddress,
  nowMs: number,
): void {
  const isRecent = nowMs - claim.conflictMs < DEFEND_INTERVAL_MS;
  const level = link.conf.arp_defend;
  if (level === 1 || (level === 2 && isRecent)) return giveUp(context, link, claim, rival);
  if (isRecent) return;
  claim.conflictMs = nowMs;
  claim.rival = rival;
  tell(context, link, claim, 'conflict');
  if (level !== 0) announce(context, link, claim.address, 'strata/ARP_DEFEND');
}

function giveUp(
  context: LinkContext,
  link: LinkInterface,
  claim: AddressClaim,
  rival: MacAddress,
): void {
  claim.probes = 0;
  claim.announcements = 0;
  claim.deadlineMs = NEVER;
  claim.rival = rival;
  context.report.counters.addresses_given_up += 1;
  changeState(context, claim, 'duplicate', 'strata/ARP_CONFLICT');
  context.interfaces.addressesChanged();
  findClaimDeadline(context);
  tell(context, link, claim, 'duplicate');
}

/** The only function that changes the state of an address. */
function changeState(
  { report: { outcomes }, interfaces }: LinkContext,
  claim: AddressClaim,
  to: AddressState,
  reason: Reason,
): void {
  const change = { machine: 'address', from: claim.state, to } as const;
  if (outcomes.isOn) outcomes.change(change, reason, claim.address);
  claim.state = to;
  interfaces.addressesChanged();
}

function tell(
  { events }: LinkContext,
  { index }: LinkInterface,
  { address, rival }: AddressClaim,
  kind: LinkEvent['kind'],
): void {
  events.push({ kind, interfaceIndex: index, address, rival });
}
