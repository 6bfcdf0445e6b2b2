import { type IpAddress, knobsOf } from '@strata/wire';
import type { LinkCounters } from '../counters.ts';
import type { LinkKnobs } from '../sysctl.ts';
import type { Neighbour } from './neighbour.ts';
import {
  chooseVictims,
  collectNeighbours,
  collectStaleNeighbours,
  type NeighbourCause,
} from './neighbour-gc.ts';

const NEVER = Number.POSITIVE_INFINITY;
/** Minimum time between two forced collections while there is still room. */
const FORCED_GC_INTERVAL_MS = 5_000;
/**
 * Minimum time after a forced collection that found nothing: a flood of new addresses must not
 * cause a search of the whole table for each address.
 */
const VAIN_GC_INTERVAL_MS = 10;
/** A full table evicts a sixteenth of its entries at once, for the same reason. It is a shift. */
const EVICTED_SHIFT = 4;

/**
 * Holds the neighbours by interface and address, with their deadlines, within the limits gc_thresh1
 * to gc_thresh3.
 */
export class NeighbourStore {
  readonly #counters: LinkCounters;
  readonly #byInterface = new Map<number, Map<IpAddress, Neighbour>>();
  readonly #knobs: LinkKnobs;
  #size = 0;
  /** The earliest deadline of all; it must be found again if `#isDeadlineStale`. */
  #deadlineMs = NEVER;
  #isDeadlineStale = false;
  #gcDeadlineMs = NEVER;
  #lastForcedGcMs = Number.NEGATIVE_INFINITY;
  /** When a forced collection last found nothing to remove, by its cause. */
  readonly #lastVainGcMs: Record<NeighbourCause, number> = {
    heard: Number.NEGATIVE_INFINITY,
    asked: Number.NEGATIVE_INFINITY,
  };
  readonly #onEvicted: (neighbour: Neighbour) => void;

  /** `onEvicted`: called with an evicted entry, which still holds its waiting packets. */
  constructor(knobs: LinkKnobs, counters: LinkCounters, onEvicted: (neighbour: Neighbour) => void) {
    this.#knobs = knobs;
    this.#counters = counters;
    this.#onEvicted = onEvicted;
  }

  get(interfaceIndex: number, address: IpAddress): Neighbour | undefined {
    return this.#byInterface.get(interfaceIndex)?.get(address);
  }

  *entries(): IterableIterator<Neighbour> {
    for (const neighbours of this.#byInterface.values()) yield* neighbours.values();
  }

  ofInterface(interfaceIndex: number): Iterable<Neighbour> {
    return this.#byInterface.get(interfaceIndex)?.values() ?? [];
  }

  /** When the next timer fires, of a neighbour or the collection; Infinity: none runs. */
  nextDeadlineMs(): number {
    if (this.#isDeadlineStale) {
      this.#deadlineMs = NEVER;
      for (const { deadlineMs } of this.entries()) {
        if (deadlineMs < this.#deadlineMs) this.#deadlineMs = deadlineMs;
      }
      this.#isDeadlineStale = false;
    }
    return Math.min(this.#deadlineMs, this.#gcDeadlineMs);
  }

  /** Makes a new entry, FAILED and without a timer. Undefined if there is no room. */
  create(
    interfaceIndex: number,
    address: IpAddress,
    cause: NeighbourCause,
    nowMs: number,
  ): Neighbour | undefined {
    if (!this.#makeRoom(cause, nowMs)) return undefined;
    const neighbour: Neighbour = {
      interfaceIndex,
      address,
      mac: 0,
      state: 'FAILED',
      updatedMs: nowMs,
      confirmedMs: nowMs,
      usedMs: nowMs,
      wasUsed: false,
      probes: 0,
      deadlineMs: NEVER,
      waiting: [],
      waitingOctets: 0,
    };
    this.add(neighbour, nowMs);
    return neighbour;
  }

  /** Stores an entry as it is; it replaces the earlier entry of the same address. */
  add(neighbour: Neighbour, nowMs: number): void {
    const { interfaceIndex, address } = neighbour;
    const old = this.get(interfaceIndex, address);
    if (old !== undefined) this.remove(old);
    let neighbours = this.#byInterface.get(interfaceIndex);
    if (neighbours === undefined) {
      neighbours = new Map();
      this.#byInterface.set(interfaceIndex, neighbours);
    }
    neighbours.set(address, neighbour);
    this.#size += 1;
    this.#counters.allocs += 1;
    if (neighbour.deadlineMs < this.#deadlineMs) this.#deadlineMs = neighbour.deadlineMs;
    if (this.#gcDeadlineMs === NEVER) this.#scheduleGc(nowMs);
  }

  remove(neighbour: Neighbour): void {
    this.#byInterface.get(neighbour.interfaceIndex)?.delete(neighbour.address);
    this.arm(neighbour, NEVER);
    this.#size -= 1;
    this.#counters.destroys += 1;
  }

  /** Sets the neighbour's timer; Infinity stops it. */
  arm(neighbour: Neighbour, deadlineMs: number): void {
    if (neighbour.deadlineMs === this.#deadlineMs && deadlineMs > this.#deadlineMs) {
      this.#isDeadlineStale = true;
    }
    neighbour.deadlineMs = deadlineMs;
    if (deadlineMs < this.#deadlineMs) this.#deadlineMs = deadlineMs;
  }

  /** Times of the collections, for a snapshot. */
  collectionTimes(): { dueMs: number; lastForcedMs: number } {
    return { dueMs: this.#gcDeadlineMs, lastForcedMs: this.#lastForcedGcMs };
  }

  setCollectionTimes(times: { readonly dueMs: number; readonly lastForcedMs: number }): void {
    this.#gcDeadlineMs = times.dueMs;
    this.#lastForcedGcMs = times.lastForcedMs;
  }

  /** Runs the periodic collection of unused entries if it is due. */
  handleTimeout(nowMs: number): void {
    if (nowMs < this.#gcDeadlineMs) return;
    this.#counters.periodic_gc_runs += 1;
    const staleMs = ({ interfaceIndex }: Neighbour) =>
      knobsOf(this.#knobs.neigh, interfaceIndex).gc_stale_time * 1_000;
    collectStaleNeighbours(this.entries(), staleMs, nowMs, (old) => this.remove(old));
    this.#scheduleGc(nowMs);
  }

  #makeRoom(cause: NeighbourCause, nowMs: number): boolean {
    const { gc_thresh2, gc_thresh3 } = this.#knobs.limits;
    const isFull = this.#size >= gc_thresh3;
    const isDue = nowMs > this.#lastForcedGcMs + FORCED_GC_INTERVAL_MS;
    const isVain = nowMs < this.#lastVainGcMs[cause] + VAIN_GC_INTERVAL_MS;
    if ((isFull && !isVain) || (this.#size >= gc_thresh2 && isDue)) {
      this.#lastForcedGcMs = nowMs;
      this.#counters.forced_gc_runs += 1;
      const most = Math.max(1, this.#size - gc_thresh2);
      collectNeighbours(this.entries(), most, nowMs, (old) => this.remove(old));
      if (!isVain && !this.#evict(cause, nowMs)) this.#lastVainGcMs[cause] = nowMs;
    }
    if (this.#size < gc_thresh3) return true;
    this.#counters.table_fulls += 1;
    return false;
  }

  /** Evicts entries from a full table that has no old ones. False if it stays full. */
  #evict(cause: NeighbourCause, nowMs: number): boolean {
    const { limits, neigh } = this.#knobs;
    const { gc_thresh3 } = limits;
    const retransMs = ({ interfaceIndex }: Neighbour) =>
      knobsOf(neigh, interfaceIndex).retrans_time_ms;
    const most = Math.max(1, gc_thresh3 >> EVICTED_SHIFT);
    while (this.#size >= gc_thresh3) {
      const victims = chooseVictims(this.entries(), cause, most, retransMs, nowMs);
      if (victims.length === 0) return false;
      for (const victim of victims) {
        this.remove(victim);
        this.#counters.evictions += 1;
        this.#onEvicted(victim);
      }
    }
    return true;
  }

  /** No timer runs below gc_thresh1, because nothing is collected there. */
  #scheduleGc(nowMs: number): void {
    this.#gcDeadlineMs =
      this.#size >= this.#knobs.limits.gc_thresh1
        ? nowMs + this.#knobs.neigh.default.base_reachable_time_ms / 2
        : NEVER;
  }
}
