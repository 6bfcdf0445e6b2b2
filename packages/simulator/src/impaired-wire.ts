import { type ChecksumState, markCongestionExperienced } from '@strata/wire';
import type { SeededRandom } from './seeded-random.ts';

/** What a wire does to what it carries, in one direction. Ratios are 0 to 1; absent: a perfect wire. */
export interface Impairment {
  readonly lossRatio?: number | undefined;
  /** How many packets arrive twice. */
  readonly duplicateRatio?: number | undefined;
  /** How many packets have one bit turned over. */
  readonly corruptRatio?: number | undefined;
  /** How many packets are held back by `reorderDelayMs` while later ones pass. */
  readonly reorderRatio?: number | undefined;
  /** Default 10. */
  readonly reorderDelayMs?: number | undefined;
  readonly delayMs?: number | undefined;
  /** Delay varies by up to this, one way up; order is kept. */
  readonly jitterMs?: number | undefined;
  /** Octets a second; default: no limit. */
  readonly rateOctetsPerSecond?: number | undefined;
  /** Octets that wait for their turn at the rate at most; what comes then is lost. Default: no bound. */
  readonly queueOctets?: number | undefined;
  /** How many packets a congested router on the way marks (RFC 3168 5): those that are ECT become CE. */
  readonly ceMarkRatio?: number | undefined;
  /** Octets that wait at the rate above which all that comes is marked likewise. Default: no bound. */
  readonly ceMarkAboveOctets?: number | undefined;
  /** Octets of an IPv4 packet at most. Default: no bound. See {@link IpJoint}. */
  readonly mtuOctets?: number | undefined;
}

/** What a wire carries: an IPv4 packet, with what the card would say of it. */
export interface WirePacket {
  readonly packet: Uint8Array;
  readonly segmentSize: number;
  readonly checksum: ChecksumState;
}

/** What became of a packet that was sent. */
export type WireFate = 'carried' | 'corrupted' | 'duplicated' | 'held back' | 'lost' | 'queue full';

interface InFlight {
  readonly atMs: number;
  readonly packet: WirePacket;
}

/** One direction of a wire, in virtual time. The same seed and the same packets at the same times give the same arrivals. */
export class ImpairedWire {
  #impairment: Impairment;
  readonly #random: SeededRandom;
  /** By time of arrival; equal times in the order they were sent. */
  readonly #inFlight: InFlight[] = [];
  #lastArrivalMs = 0;
  #freeAtMs = 0;

  constructor(impairment: Impairment, random: SeededRandom) {
    this.#impairment = impairment;
    this.#random = random;
  }

  /** What comes from now on is treated like this; what is under way arrives as it would have. */
  setImpairment(impairment: Impairment): void {
    this.#impairment = impairment;
  }

  get impairment(): Impairment {
    return this.#impairment;
  }

  /** Takes a packet; its bytes are the wire's. */
  send(packet: WirePacket, nowMs: number): WireFate {
    const { lossRatio = 0, duplicateRatio = 0, corruptRatio = 0 } = this.#impairment;
    const departsAtMs = this.#departure(packet.packet.byteLength, nowMs);
    if (departsAtMs === undefined) return 'queue full';
    if (this.#random.chance(lossRatio)) return 'lost';
    this.#mark(packet.packet, nowMs);
    if (this.#random.chance(corruptRatio)) {
      // A card drops a frame whose error nobody further up could find.
      if (packet.checksum !== 'complete') return 'lost';
      this.#schedule(this.#corrupt(packet), departsAtMs);
      return 'corrupted';
    }
    const heldBack = this.#schedule(packet, departsAtMs);
    if (this.#random.chance(duplicateRatio)) {
      this.#schedule({ ...packet, packet: packet.packet.slice() }, departsAtMs);
      return 'duplicated';
    }
    return heldBack ? 'held back' : 'carried';
  }

  /** When the next packet arrives; Infinity where none is under way. */
  nextDeadlineMs(): number {
    return this.#inFlight[0]?.atMs ?? Infinity;
  }

  /** The next packet that has arrived by now. Its bytes are the caller's. */
  receive(nowMs: number): WirePacket | undefined {
    return this.nextDeadlineMs() <= nowMs ? this.#inFlight.shift()?.packet : undefined;
  }

  #mark(packet: Uint8Array, nowMs: number): void {
    const { ceMarkRatio = 0, ceMarkAboveOctets = Infinity, rateOctetsPerSecond } = this.#impairment;
    const waitingOctets =
      ((this.#freeAtMs - nowMs) * (rateOctetsPerSecond ?? 0)) / 1000 - packet.byteLength;
    // No random number is drawn for what is switched off: what other settings do stays as it was.
    const isChosen = ceMarkRatio > 0 && this.#random.chance(ceMarkRatio);
    if (isChosen || waitingOctets > ceMarkAboveOctets) markCongestionExperienced(packet);
  }

  #departure(octets: number, nowMs: number): number | undefined {
    const { rateOctetsPerSecond = Infinity, queueOctets = Infinity } = this.#impairment;
    if (rateOctetsPerSecond === Infinity) return nowMs;
    const waitsMs = Math.max(0, this.#freeAtMs - nowMs);
    if ((waitsMs * rateOctetsPerSecond) / 1000 + octets > queueOctets) return undefined;
    this.#freeAtMs = nowMs + waitsMs + (octets * 1000) / rateOctetsPerSecond;
    return this.#freeAtMs;
  }

  /** True where it is held back while later ones pass. */
  #schedule(packet: WirePacket, departsAtMs: number): boolean {
    const { delayMs = 0, jitterMs = 0, reorderRatio = 0, reorderDelayMs = 10 } = this.#impairment;
    const ownMs = departsAtMs + delayMs + (jitterMs > 0 ? this.#random.next() * jitterMs : 0);
    if (this.#random.chance(reorderRatio)) {
      this.#insert({ atMs: ownMs + reorderDelayMs, packet });
      return true;
    }
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, ownMs);
    this.#insert({ atMs: this.#lastArrivalMs, packet });
    return false;
  }

  #insert(entry: InFlight): void {
    let at = this.#inFlight.length;
    while (at > 0 && this.#inFlight[at - 1]!.atMs > entry.atMs) at -= 1;
    this.#inFlight.splice(at, 0, entry);
  }

  #corrupt(packet: WirePacket): WirePacket {
    const bytes = packet.packet.slice();
    const bit = this.#random.integer(0, bytes.byteLength * 8 - 1);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    return { ...packet, packet: bytes };
  }
}
