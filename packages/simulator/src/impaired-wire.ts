import { type ChecksumState, markCongestionExperienced } from '@strata/wire';
import type { SeededRandom } from './seeded-random.ts';

/**
 * Bursts of losses, as on a radio link (the Gilbert-Elliott model; `tc netem loss gemodel`). Ratios
 * are 0 to 1, per packet.
 */
export interface BurstLoss {
  /** Probability that a burst begins with a packet. */
  readonly beginRatio: number;
  /**
   * Probability that a packet of a burst is its last one. The mean length of a burst is 1 /
   * endRatio packets.
   */
  readonly endRatio: number;
  /** Share of a burst's packets that are lost. Default 1. */
  readonly lossRatio?: number | undefined;
}

/**
 * Impairments of a wire in one direction. Ratios are shares of the packets, 0 to 1. Default: none.
 */
export interface Impairment {
  readonly lossRatio?: number | undefined;
  /** In addition to `lossRatio`. */
  readonly burstLoss?: BurstLoss | undefined;
  /** Packets that arrive twice. */
  readonly duplicateRatio?: number | undefined;
  /** Packets in which one bit is flipped. */
  readonly corruptRatio?: number | undefined;
  /** Packets that are held back by `reorderDelayMs` while later ones pass. */
  readonly reorderRatio?: number | undefined;
  /** Default 10. */
  readonly reorderDelayMs?: number | undefined;
  /** Packets that arrive without the delay, ahead of those in flight (`tc netem reorder`). */
  readonly overtakeRatio?: number | undefined;
  readonly delayMs?: number | undefined;
  /** Random extra delay, uniform from 0 to this. */
  readonly jitterMs?: number | undefined;
  /**
   * Whether jitter may reorder packets, as with `tc netem delay`. Default false: the order is kept.
   */
  readonly jitterReorders?: boolean | undefined;
  /** Octets per second. Default: no limit. */
  readonly rateOctetsPerSecond?: number | undefined;
  /** Most octets in the queue at the rate limit; further packets are dropped. Default: no bound. */
  readonly queueOctets?: number | undefined;
  /** Packets that a congested router marks: ECT becomes CE (RFC 3168 5). */
  readonly ceMarkRatio?: number | undefined;
  /** Octets in the queue above which all packets are marked. Default: no bound. */
  readonly ceMarkAboveOctets?: number | undefined;
  /** Largest IPv4 packet, octets. Default: no bound. See {@link IpJoint}. */
  readonly mtuOctets?: number | undefined;
}

/** An IPv4 packet on a wire, with the offload state that a network card would report. */
export interface WirePacket {
  readonly packet: Uint8Array;
  readonly segmentSize: number;
  readonly checksum: ChecksumState;
}

/** What happened to a packet that was sent. */
export type WireFate = 'carried' | 'corrupted' | 'duplicated' | 'held back' | 'lost' | 'queue full';

// Globals are slow to reach under Jest, which matters in what runs for every packet.
const { max } = Math;
const NEVER = Infinity;

interface InFlight {
  readonly atMs: number;
  readonly packet: WirePacket;
}

/**
 * One direction of a wire, in virtual time. The same seed and the same packets at the same times
 * give the same arrivals.
 */
export class ImpairedWire {
  #impairment: Impairment;
  readonly #random: SeededRandom;
  /** Sorted by time of arrival, then in the order of sending. */
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
  /** Whether a burst of losses is on (see {@link BurstLoss}). */
  #isBad = false;

  constructor(impairment: Impairment, random: SeededRandom) {
    this.#impairment = impairment;
    this.#random = random;
  }

  /** Sets the impairment of later packets. Packets in flight arrive unchanged. */
  setImpairment(impairment: Impairment): void {
    this.#impairment = impairment;
  }

  get impairment(): Impairment {
    return this.#impairment;
  }

  /** Number of packets so far, by fate. */
  get fates(): Readonly<Record<WireFate, number>> {
    return this.#fates;
  }

  /** How long a packet sent now would wait in the queue, milliseconds. */
  queueDelayMs(nowMs: number): number {
    return max(0, this.#freeAtMs - nowMs);
  }

  /** Takes a packet. The wire owns its bytes from then on. */
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
      // A card drops this frame: no complete checksum would let the layers above detect the error.
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

  /** When the next packet arrives; Infinity if none is in flight. */
  nextDeadlineMs(): number {
    return this.#inFlight[0]?.atMs ?? NEVER;
  }

  /** The next packet that has arrived by now. The caller owns its bytes. */
  receive(nowMs: number): WirePacket | undefined {
    return this.nextDeadlineMs() <= nowMs ? this.#inFlight.shift()?.packet : undefined;
  }

  #mark(packet: Uint8Array, nowMs: number): void {
    const { ceMarkRatio = 0, ceMarkAboveOctets = NEVER, rateOctetsPerSecond } = this.#impairment;
    const waitingOctets =
      ((this.#freeAtMs - nowMs) * (rateOctetsPerSecond ?? 0)) / 1000 - packet.byteLength;
    // Draws no random number while marking is off, so that the outcome of other settings does not
    // change.
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

  /** Schedules the arrival. True if the packet is held back while later ones pass. */
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
