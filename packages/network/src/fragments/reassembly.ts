import {
  type AddressType,
  type ChecksumState,
  emitIpv4Header,
  IPV4_MAX_PACKET_OCTETS,
  type IpAddress,
  Ipv4Packet,
  isParseError,
  type TraceContext,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { done, drop, dropOf, type NetworkDrop, type NetworkOutcome } from '../outcomes.ts';
import { FragmentList } from './fragment-list.ts';

/** Octets that a waiting datagram costs besides its fragments, including the copy of its start. */
const DATAGRAM_OVERHEAD_OCTETS = 1024;
/** ECN of fragments, as bits 1 << codepoint (RFC 3168 5.3). */
const NOT_ECT = 1 << 0;
const CONGESTION = 1 << 3;

/** A datagram that waits for fragments. */
interface Waiting {
  readonly key: string;
  readonly source: IpAddress;
  readonly startedAtMs: number;
  readonly fragments: FragmentList;
  readonly interfaceIndex: number;
  /**
   * A copy of the packet's start in the first fragment, header and at least 8 octets, for the error
   * after a timeout.
   */
  first: Uint8Array | undefined;
  firstHeaderOctets: number;
  cast: AddressType;
  checksum: ChecksumState;
  trace: TraceContext | undefined;
  /** The codepoints seen, as bits. */
  ecn: number;
  /** The source's count of fragments when this datagram's last one came. */
  sourceCount: number;
}

interface Source {
  waiting: number;
  count: number;
}

/** A datagram that is complete. */
export interface Reassembled {
  /** Header and payload, a fresh buffer. */
  readonly packet: Ipv4Packet;
  readonly cast: AddressType;
  readonly checksum: ChecksumState;
  readonly trace: TraceContext | undefined;
}

/** A datagram that was given up, for the ICMP error. */
export interface GivenUp {
  /** Start of the first fragment, header first. Undefined where the first fragment never came. */
  readonly first: Uint8Array | undefined;
  readonly cast: AddressType;
  readonly interfaceIndex: number;
  readonly trace: TraceContext | undefined;
}

/**
 * Reassembles datagrams (RFC 791 3.2, RFC 815, RFC 1122 3.3.2), keyed by source, destination,
 * protocol and identification. A datagram with an overlap is dropped whole (RFC 5722's rule). A
 * fragment that only repeats octets is ignored, as Linux's inet_frag_queue_insert() does. All
 * fragments together take at most `ipfrag_high_thresh` octets. Above it the oldest datagrams are
 * given up, so that a flood delays nobody for long.
 */
export class Reassembly {
  readonly #context: NetworkContext;
  /** In the order of their deadlines. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #sources = new Map<IpAddress, Source>();
  #memoryOctets = 0;

  constructor(context: NetworkContext) {
    this.#context = context;
  }

  /** Octets of memory that fragments and their bookkeeping take. */
  get memoryOctets(): number {
    return this.#memoryOctets;
  }

  /** When `expire` has something to give up, or Infinity. */
  get nextDeadlineMs(): number {
    for (const first of this.#waiting.values()) return this.#deadlineMs(first);
    return Number.POSITIVE_INFINITY;
  }

  /**
   * Adds a fragment; copies what it keeps. Returns the whole datagram if this fragment completes
   * it.
   */
  add(
    packet: Ipv4Packet,
    cast: AddressType,
    interfaceIndex: number,
    checksum: ChecksumState,
    trace: TraceContext | undefined,
    nowMs: number,
  ): Reassembled | NetworkOutcome {
    const { counters, sysctl } = this.#context;
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
      return drop(this.#context, isBad ? 'strata/FRAG_INVALID' : 'strata/REASM_OFF');
    }
    const waiting = this.#find(packet, cast, interfaceIndex, nowMs);
    const before = waiting.fragments.memoryOctets;
    const outcome = waiting.fragments.add(offset, payload, isLast);
    this.#memoryOctets += waiting.fragments.memoryOctets - before;
    switch (outcome) {
      case 'added':
        this.#note(waiting, packet, cast, checksum, trace);
        return waiting.fragments.isComplete ? this.#complete(waiting) : this.#makeRoom(waiting);
      case 'duplicate':
        return drop(this.#context, 'DUP_FRAG');
      case 'overlap':
        return this.#giveUp(waiting, 'strata/FRAG_OVERLAP');
      case 'inconsistent':
        return this.#giveUp(waiting, 'strata/FRAG_INVALID');
    }
  }

  /**
   * Gives up the first datagram whose `ipfrag_time` has run out, and returns it. Call it until it
   * returns undefined.
   */
  expire(nowMs: number): GivenUp | undefined {
    for (const waiting of this.#waiting.values()) {
      if (nowMs < this.#deadlineMs(waiting)) return undefined;
      const { first, cast, interfaceIndex, trace, source } = waiting;
      const { outcomes } = this.#context;
      if (outcomes.isOn) outcomes.expire('reassembly', 'strata/REASM_TIMER', source, nowMs);
      this.#giveUp(waiting, 'FRAG_REASM_TIMEOUT');
      return { first, cast, interfaceIndex, trace };
    }
    return undefined;
  }

  #deadlineMs(waiting: Waiting): number {
    return waiting.startedAtMs + this.#context.sysctl.ipfrag_time * 1000;
  }

  #find(packet: Ipv4Packet, cast: AddressType, interfaceIndex: number, nowMs: number): Waiting {
    const { source, destination, protocol, identification } = packet;
    const key = `${source},${destination},${protocol},${identification}`;
    const count = this.#countSource(source);
    const found = this.#waiting.get(key);
    if (found !== undefined) {
      const distance = count - found.sourceCount;
      const { ipfrag_max_dist } = this.#context.sysctl;
      found.sourceCount = count;
      if (ipfrag_max_dist === 0 || distance <= ipfrag_max_dist) return found;
      this.#giveUpOther(found, 'FRAG_TOO_FAR');
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
    this.#waiting.set(key, waiting);
    this.#memoryOctets += DATAGRAM_OVERHEAD_OCTETS;
    const origin = this.#sources.get(source);
    if (origin === undefined) this.#sources.set(source, { waiting: 1, count });
    else origin.waiting += 1;
    return waiting;
  }

  /** Counts a source's fragments while one of its datagrams waits. */
  #countSource(source: IpAddress): number {
    const origin = this.#sources.get(source);
    if (origin === undefined) return 0;
    origin.count += 1;
    return origin.count;
  }

  #note(
    waiting: Waiting,
    packet: Ipv4Packet,
    cast: AddressType,
    checksum: ChecksumState,
    trace: TraceContext | undefined,
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

  #complete(waiting: Waiting): Reassembled | NetworkOutcome {
    const { counters } = this.#context;
    const { fragments, first, firstHeaderOctets, ecn } = waiting;
    const totalOctets = firstHeaderOctets + fragments.payloadOctets;
    const isMixed = (ecn & NOT_ECT) !== 0 && ecn !== NOT_ECT;
    // Contradicting codepoints mean that the fragments do not belong together (RFC 3168 5.3).
    if (first === undefined || totalOctets > IPV4_MAX_PACKET_OCTETS || isMixed) {
      return this.#giveUp(waiting, 'strata/FRAG_INVALID');
    }
    const header = Ipv4Packet.parseQuoted(first);
    const bytes = fragments.assemble(firstHeaderOctets, this.#context.allocate);
    this.#remove(waiting);
    if (isParseError(header)) return drop(this.#context, 'strata/FRAG_INVALID');
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
    if (isParseError(packet)) return drop(this.#context, 'strata/FRAG_INVALID');
    counters.IpReasmOKs += 1;
    const { cast, checksum, trace } = waiting;
    return { packet, cast, checksum, trace };
  }

  #makeRoom(current: Waiting): NetworkOutcome {
    const { sysctl } = this.#context;
    for (const oldest of this.#waiting.values()) {
      if (this.#memoryOctets <= sysctl.ipfrag_high_thresh) break;
      if (oldest === current) return this.#giveUp(oldest, 'strata/REASM_EVICTED');
      this.#giveUpOther(oldest, 'strata/REASM_EVICTED');
    }
    return done(this.#context, 'queued', 'strata/FRAG_QUEUED');
  }

  /** Gives up the datagram of the fragment at hand, or one whose time has run out. */
  #giveUp(waiting: Waiting, reason: NetworkDrop): NetworkDrop {
    this.#remove(waiting);
    return drop(this.#context, reason);
  }

  /** Gives up another datagram: the fragment at hand is not part of it. */
  #giveUpOther(waiting: Waiting, reason: NetworkDrop): void {
    this.#remove(waiting);
    dropOf(this.#context, undefined, reason);
  }

  #remove(waiting: Waiting): void {
    this.#waiting.delete(waiting.key);
    this.#memoryOctets -= waiting.fragments.memoryOctets + DATAGRAM_OVERHEAD_OCTETS;
    const origin = this.#sources.get(waiting.source);
    if (origin === undefined) return;
    origin.waiting -= 1;
    if (origin.waiting === 0) this.#sources.delete(waiting.source);
  }
}
