import {
  type AddressType,
  emitIpv4Header,
  IPV4_MAX_PACKET_OCTETS,
  type IpAddress,
  Ipv4Packet,
  isParseError,
  type TraceContext,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import type { Arrival } from '../input/arrival.ts';
import { done, drop, dropOf } from '../outcomes.ts';
import type { NetworkDrop, NetworkOutcome } from '../reasons.ts';
import { FragmentList } from './fragment-list.ts';
import type { ReassemblyState, Waiting } from './reassembly-state.ts';

/** Octets that a waiting datagram costs besides its fragments, including the copy of its start. */
const DATAGRAM_OVERHEAD_OCTETS = 1024;
/** ECN of fragments, as bits 1 << codepoint (RFC 3168 5.3). */
const NOT_ECT = 1 << 0;
const CONGESTION = 1 << 3;

/** A datagram that is complete. */
export interface Reassembled extends Arrival {
  /** Header and payload, a fresh buffer. */
  readonly packet: Ipv4Packet;
  readonly cast: AddressType;
}

/** A datagram that was given up, for the ICMP error. */
export interface GivenUp {
  /** Start of the first fragment, header first. Undefined where the first fragment never came. */
  readonly first: Uint8Array | undefined;
  readonly cast: AddressType;
  readonly interfaceIndex: number;
  readonly trace: TraceContext | undefined;
}

/** When `expireReassembly` has something to give up, or Infinity. */
export function reassemblyDeadlineMs(context: NetworkContext): number {
  for (const first of context.reassembly.waiting.values()) return deadlineMs(context, first);
  return Number.POSITIVE_INFINITY;
}

/**
 * Reassembles datagrams (RFC 791 3.2, RFC 815, RFC 1122 3.3.2), keyed by source, destination,
 * protocol and identification. A datagram with an overlap is dropped whole (RFC 5722's rule). A
 * fragment that only repeats octets is ignored, as Linux's inet_frag_queue_insert() does. All
 * fragments together take at most `ipfrag_high_thresh` octets. Above it the oldest datagrams are
 * given up, so that a flood delays nobody for long.
 *
 * Adds a fragment; copies what it keeps. Returns the whole datagram if this fragment completes it.
 */
export function addFragment(
  context: NetworkContext,
  packet: Ipv4Packet,
  cast: AddressType,
  arrival: Arrival,
  nowMs: number,
): Reassembled | NetworkOutcome {
  const { counters, sysctl } = context;
  counters.IpReasmReqds += 1;
  const offset = packet.fragmentOffsetOctets;
  const payload = packet.payload;
  const isLast = !packet.moreFragments;
  // The payload of all but the last is a multiple of 8 octets (RFC 791 3.2). No fragment is
  // empty, and none reaches beyond the longest packet.
  const isBad =
    payload.byteLength === 0 ||
    (!isLast && payload.byteLength % 8 !== 0) ||
    packet.headerOctets + offset + payload.byteLength > IPV4_MAX_PACKET_OCTETS;
  if (isBad || sysctl.ipfrag_high_thresh === 0) {
    return drop(context, isBad ? 'strata/FRAG_INVALID' : 'strata/REASM_OFF');
  }
  const waiting = findWaiting(context, packet, cast, arrival.interfaceIndex, nowMs);
  const before = waiting.fragments.memoryOctets;
  const outcome = waiting.fragments.add(offset, payload, isLast);
  context.reassembly.memoryOctets += waiting.fragments.memoryOctets - before;
  switch (outcome) {
    case 'added':
      note(waiting, packet, cast, arrival);
      return waiting.fragments.isComplete
        ? complete(context, waiting, arrival)
        : makeRoom(context, waiting);
    case 'duplicate':
      return drop(context, 'DUP_FRAG');
    case 'overlap':
      return giveUp(context, waiting, 'strata/FRAG_OVERLAP');
    case 'inconsistent':
      return giveUp(context, waiting, 'strata/FRAG_INVALID');
  }
}

/**
 * Gives up the first datagram whose `ipfrag_time` has run out, and returns it. Call it until it
 * returns undefined.
 */
export function expireReassembly(context: NetworkContext, nowMs: number): GivenUp | undefined {
  for (const waiting of context.reassembly.waiting.values()) {
    if (nowMs < deadlineMs(context, waiting)) return undefined;
    const { first, cast, interfaceIndex, trace, source } = waiting;
    const { outcomes } = context;
    if (outcomes.isOn) outcomes.expire('reassembly', 'strata/REASM_TIMER', source, nowMs);
    giveUp(context, waiting, 'FRAG_REASM_TIMEOUT');
    return { first, cast, interfaceIndex, trace };
  }
  return undefined;
}

function deadlineMs(context: NetworkContext, waiting: Waiting): number {
  return waiting.startedAtMs + context.sysctl.ipfrag_time * 1000;
}

function findWaiting(
  context: NetworkContext,
  packet: Ipv4Packet,
  cast: AddressType,
  interfaceIndex: number,
  nowMs: number,
): Waiting {
  const { source, destination, protocol, identification } = packet;
  const key = `${source},${destination},${protocol},${identification}`;
  const count = countSource(context.reassembly, source);
  const found = context.reassembly.waiting.get(key);
  if (found !== undefined) {
    const distance = count - found.sourceCount;
    const { ipfrag_max_dist } = context.sysctl;
    found.sourceCount = count;
    if (ipfrag_max_dist === 0 || distance <= ipfrag_max_dist) return found;
    giveUpOther(context, found, 'FRAG_TOO_FAR');
  }
  const waiting: Waiting = {
    key,
    source,
    startedAtMs: nowMs,
    fragments: new FragmentList(),
    interfaceIndex,
    first: undefined,
    firstHeaderOctets: 0,
    cast,
    checksum: 'complete',
    trace: undefined,
    ecn: 0,
    sourceCount: count,
  };
  context.reassembly.waiting.set(key, waiting);
  context.reassembly.memoryOctets += DATAGRAM_OVERHEAD_OCTETS;
  const origin = context.reassembly.sources.get(source);
  if (origin === undefined) context.reassembly.sources.set(source, { waiting: 1, count });
  else origin.waiting += 1;
  return waiting;
}

/** Counts a source's fragments while one of its datagrams waits. */
function countSource({ sources }: ReassemblyState, source: IpAddress): number {
  const origin = sources.get(source);
  if (origin === undefined) return 0;
  origin.count += 1;
  return origin.count;
}

function note(
  waiting: Waiting,
  packet: Ipv4Packet,
  cast: AddressType,
  { checksum, trace }: Arrival,
): void {
  waiting.ecn |= 1 << (packet.tos & 3);
  waiting.trace ??= trace;
  // If any fragment was a broadcast or multicast, no error may answer the datagram.
  if (cast !== 'unicast') waiting.cast = cast;
  if (packet.fragmentOffsetOctets !== 0) return;
  waiting.first = packet.bytes.slice(0, 576);
  waiting.firstHeaderOctets = packet.headerOctets;
  waiting.checksum = checksum === 'partial' ? 'partial' : 'complete';
}

function complete(
  context: NetworkContext,
  waiting: Waiting,
  { interfaceIndex }: Arrival,
): Reassembled | NetworkOutcome {
  const { counters } = context;
  const { fragments, first, firstHeaderOctets, ecn } = waiting;
  const totalOctets = firstHeaderOctets + fragments.payloadOctets;
  const isMixed = (ecn & NOT_ECT) !== 0 && ecn !== NOT_ECT;
  // Contradicting codepoints mean that the fragments do not belong together (RFC 3168 5.3).
  if (first === undefined || totalOctets > IPV4_MAX_PACKET_OCTETS || isMixed) {
    return giveUp(context, waiting, 'strata/FRAG_INVALID');
  }
  const header = Ipv4Packet.parseQuoted(first);
  const bytes = fragments.assemble(firstHeaderOctets, context.allocate);
  remove(context.reassembly, waiting);
  if (isParseError(header)) return drop(context, 'strata/FRAG_INVALID');
  emitIpv4Header(bytes, {
    tos: (ecn & CONGESTION) === 0 ? header.tos : header.tos | 3,
    totalOctets,
    identification: header.identification,
    dontFragment: header.dontFragment,
    moreFragments: false,
    fragmentOffsetOctets: 0,
    ttl: header.ttl,
    protocol: header.protocol,
    source: header.source,
    destination: header.destination,
    options: header.options,
  });
  const packet = Ipv4Packet.parse(bytes);
  if (isParseError(packet)) return drop(context, 'strata/FRAG_INVALID');
  counters.IpReasmOKs += 1;
  const { cast, checksum, trace } = waiting;
  return { packet, cast, interfaceIndex, segmentSize: 0, checksum, trace };
}

function makeRoom(context: NetworkContext, current: Waiting): NetworkOutcome {
  const { sysctl } = context;
  for (const oldest of context.reassembly.waiting.values()) {
    if (context.reassembly.memoryOctets <= sysctl.ipfrag_high_thresh) break;
    if (oldest === current) return giveUp(context, oldest, 'strata/REASM_EVICTED');
    giveUpOther(context, oldest, 'strata/REASM_EVICTED');
  }
  return done(context, 'queued', 'strata/FRAG_QUEUED');
}

/** Gives up the datagram of the fragment at hand, or one whose time has run out. */
function giveUp(context: NetworkContext, waiting: Waiting, reason: NetworkDrop): NetworkDrop {
  remove(context.reassembly, waiting);
  return drop(context, reason);
}

/** Gives up another datagram: the fragment at hand is not part of it. */
function giveUpOther(context: NetworkContext, waiting: Waiting, reason: NetworkDrop): void {
  remove(context.reassembly, waiting);
  dropOf(context, undefined, reason);
}

function remove(state: ReassemblyState, waiting: Waiting): void {
  state.waiting.delete(waiting.key);
  state.memoryOctets -= waiting.fragments.memoryOctets + DATAGRAM_OVERHEAD_OCTETS;
  const origin = state.sources.get(waiting.source);
  if (origin === undefined) return;
  origin.waiting -= 1;
  if (origin.waiting === 0) state.sources.delete(waiting.source);
}
