import type { IpAddress } from '@strata/wire';
import type { LinkCounters } from '../counters.ts';
import type { LinkSysctl } from '../sysctl.ts';
import type { Neighbour } from './neighbour.ts';
import {
  chooseVictims,
  collectNeighbours,
  collectStaleNeighbours,
  type NeighbourCause,
} from './neighbour-gc.ts';

const NEVER = Number.POSITIVE_INFINITY;
/** Between two forced collections while there is still room. */
const FORCED_GC_INTERVAL_MS = 5_000;
/**
 * Between two where the last one found nothing: a flood of new addresses must not have the whole
 * table searched for each.
 */
const VAIN_GC_INTERVAL_MS = 10;
/** Of the full table so much makes room at once, for the same reason: a sixteenth, as a shift. */
const EVICTED_SHIFT = 4;

/**
 * Where neighbours are kept: by interface and address, with their deadlines, within the bounds of
 * gc_thresh1 to 3.
 */
export class NeighbourStore {
  readonly #counters: LinkCounters;
  readonly #byInterface = new Map<number, Map<IpAddress, Neighbour>>();
  #sysctl: LinkSysctl;
  #size = 0;
  /** The earliest deadline of all; to be found anew where `#isDeadlineStale`. */
  #deadlineMs = NEVER;
  #isDeadlineStale = false;
  #gcDeadlineMs = NEVER;
  #lastForcedGcMs = Number.NEGATIVE_INFINITY;
  /** When a forced collection found nothing to remove, for the cause that it was for. */
  readonly #lastVainGcMs: Record<NeighbourCause, number> = {
    heard: Number.NEGATIVE_INFINITY,
    asked: Number.NEGATIVE_INFINITY,
  };
  readonly #onEvicted: (neighbour: Neighbour) => void;

  /** `onEvicted`: takes an entry that had to make room, with what waits for it. */
  constructor(
    sysctl: LinkSysctl,
    counters: LinkCounters,
    onEvicted: (neighbour: Neighbour) => void,
  ) {
    this.#sysctl = sysctl;
    this.#counters = counters;
    this.#onEvicted = onEvicted;
  }

  setSysctl(sysctl: LinkSysctl): void {
    this.#sysctl = sysctl;
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

  /** A new entry, FAILED and without a timer. Undefined where there is no room. */
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

  /** Puts an entry in as it is, in place of the one that was there. */
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

  /** Collects what has not been used for long, when that is due. */
  handleTimeout(nowMs: number): void {
    if (nowMs < this.#gcDeadlineMs) return;
    this.#counters.periodic_gc_runs += 1;
    const staleMs = this.#sysctl.gc_stale_time * 1_000;
    collectStaleNeighbours(this.entries(), staleMs, nowMs, (old) => this.remove(old));
    this.#scheduleGc(nowMs);
  }

  #makeRoom(cause: NeighbourCause, nowMs: number): boolean {
    const { gc_thresh2, gc_thresh3 } = this.#sysctl;
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

  /** Makes room in the full table by entries that are not old. False where it stays full. */
  #evict(cause: NeighbourCause, nowMs: number): boolean {
    const { gc_thresh3, retrans_time_ms } = this.#sysctl;
    const most = Math.max(1, gc_thresh3 >> EVICTED_SHIFT);
    while (this.#size >= gc_thresh3) {
      const victims = chooseVictims(this.entries(), cause, most, retrans_time_ms, nowMs);
      if (victims.length === 0) return false;
      for (const victim of victims) {
        this.remove(victim);
        this.#counters.evictions += 1;
        this.#onEvicted(victim);
      }
    }
    return true;
  }

  /** No timer runs while there are so few neighbours that none would be collected. */
  #scheduleGc(nowMs: number): void {
    this.#gcDeadlineMs =
      this.#size >= this.#sysctl.gc_thresh1
        ? nowMs + this.#sysctl.base_reachable_time_ms / 2
        : NEVER;
  }
}
