import { type ChecksumState, markCongestionExperienced } from '@strata/wire';
import type { SeededRandom } from './seeded-random.ts';

/** Losses in a row, as of a radio link (Gilbert and Elliott's model; `tc netem loss gemodel`). Ratios are 0 to 1, per packet. */
export interface BurstLoss {
  /** How many packets a bad time begins with. */
  readonly beginRatio: number;
  /** How many packets of a bad time are its last: 1 / this is the mean length of a bad time, packets. */
  readonly endRatio: number;
  /** How many packets are lost in a bad time. Default 1. */
  readonly lossRatio?: number | undefined;
}

/** What a wire does to what it carries, in one direction. Ratios are 0 to 1; absent: a perfect wire. */
export interface Impairment {
  readonly lossRatio?: number | undefined;
  /** Beside `lossRatio`. */
  readonly burstLoss?: BurstLoss | undefined;
  /** How many packets arrive twice. */
  readonly duplicateRatio?: number | undefined;
  /** How many packets have one bit turned over. */
  readonly corruptRatio?: number | undefined;
  /** How many packets are held back by `reorderDelayMs` while later ones pass. */
  readonly reorderRatio?: number | undefined;
  /** Default 10. */
  readonly reorderDelayMs?: number | undefined;
  /** How many packets arrive without the delay, ahead of those under way (`tc netem reorder`). */
  readonly overtakeRatio?: number | undefined;
  readonly delayMs?: number | undefined;
  /** Delay varies by up to this, one way up. */
  readonly jitterMs?: number | undefined;
  /** Whether a packet may overtake another by jitter, as with `tc netem delay`. Default false: order is kept. */
  readonly jitterReorders?: boolean | undefined;
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

// Globals are slow to reach under Jest, which matters in what runs for every packet.
const { max } = Math;
const NEVER = Infinity;

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
  readonly #fates: Record<WireFate, number> = {
    carried: 0,
    corrupted: 0,
    duplicated: 0,
    'held back': 0,
    lost: 0,
    'queue full': 0,
  };
  #lastArrivalMs = 0;
  #freeAtMs = 0;
  /** Whether it is a bad time (see {@link BurstLoss}). */
  #isBad = false;

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

  /** What became of the packets so far. */
  get fates(): Readonly<Record<WireFate, number>> {
    return this.#fates;
  }

  /** How long a packet that comes now would wait for its turn at the rate, milliseconds. */
  queueDelayMs(nowMs: number): number {
    return max(0, this.#freeAtMs - nowMs);
  }

  /** Takes a packet; its bytes are the wire's. */
  send(packet: WirePacket, nowMs: number): WireFate {
    const fate = this.#take(packet, nowMs);
    this.#fates[fate] += 1;
    return fate;
  }

  #take(packet: WirePacket, nowMs: number): WireFate {
    const { lossRatio = 0, duplicateRatio = 0, corruptRatio = 0 } = this.#impairment;
    const departsAtMs = this.#departure(packet.packet.byteLength, nowMs);
    if (departsAtMs === undefined) return 'queue full';
    if (this.#isLostInBurst() || this.#random.chance(lossRatio)) return 'lost';
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
    return this.#inFlight[0]?.atMs ?? NEVER;
  }

  /** The next packet that has arrived by now. Its bytes are the caller's. */
  receive(nowMs: number): WirePacket | undefined {
    return this.nextDeadlineMs() <= nowMs ? this.#inFlight.shift()?.packet : undefined;
  }

  #mark(packet: Uint8Array, nowMs: number): void {
    const { ceMarkRatio = 0, ceMarkAboveOctets = NEVER, rateOctetsPerSecond } = this.#impairment;
    const waitingOctets =
      ((this.#freeAtMs - nowMs) * (rateOctetsPerSecond ?? 0)) / 1000 - packet.byteLength;
    // No random number is drawn for what is switched off: what other settings do stays as it was.
    const isChosen = ceMarkRatio > 0 && this.#random.chance(ceMarkRatio);
    if (isChosen || waitingOctets > ceMarkAboveOctets) markCongestionExperienced(packet);
  }

  #isLostInBurst(): boolean {
    const { burstLoss } = this.#impairment;
    if (burstLoss === undefined) return false;
    const { beginRatio, endRatio, lossRatio = 1 } = burstLoss;
    if (!this.#isBad && !this.#random.chance(beginRatio)) return false;
    this.#isBad = !this.#random.chance(endRatio);
    return this.#random.chance(lossRatio);
  }

  #departure(octets: number, nowMs: number): number | undefined {
    const { rateOctetsPerSecond = NEVER, queueOctets = NEVER } = this.#impairment;
    if (rateOctetsPerSecond === NEVER) return nowMs;
    const waitsMs = this.queueDelayMs(nowMs);
    if ((waitsMs * rateOctetsPerSecond) / 1000 + octets > queueOctets) return undefined;
    this.#freeAtMs = nowMs + waitsMs + (octets * 1000) / rateOctetsPerSecond;
    return this.#freeAtMs;
  }

  /** True where it is held back while later ones pass. */
  #schedule(packet: WirePacket, departsAtMs: number): boolean {
    const { delayMs = 0, jitterMs = 0, jitterReorders = false } = this.#impairment;
    const { reorderRatio = 0, reorderDelayMs = 10, overtakeRatio = 0 } = this.#impairment;
    if (this.#random.chance(overtakeRatio)) {
      this.#insert({ atMs: departsAtMs, packet });
      return false;
    }
    const ownMs = departsAtMs + delayMs + (jitterMs > 0 ? this.#random.next() * jitterMs : 0);
    if (this.#random.chance(reorderRatio)) {
      this.#insert({ atMs: ownMs + reorderDelayMs, packet });
      return true;
    }
    this.#lastArrivalMs = max(this.#lastArrivalMs, ownMs);
    this.#insert({ atMs: jitterReorders ? ownMs : this.#lastArrivalMs, packet });
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
