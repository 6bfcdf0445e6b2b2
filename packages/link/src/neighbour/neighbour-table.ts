import { type IpAddress, knobsOf, type MacAddress, type Reason } from '@strata/wire';
import type { LinkReport } from '../outcomes.ts';
import type { LinkRequest } from '../pdu.ts';
import type { LinkKnobs, LinkNeigh } from '../sysctl.ts';
import {
  hasMac,
  isFixed,
  isSelected,
  type Neighbour,
  type NeighbourFilter,
  type NeighbourSetting,
  type NeighbourState,
} from './neighbour.ts';
import { NeighbourStore } from './neighbour-store.ts';
import { addWaiting, takeWaiting } from './waiting.ts';

const NEVER = Number.POSITIVE_INFINITY;
/**
 * How long one random factor is used: five minutes, as in Linux's neigh_periodic_work().
 * RFC 4861 6.3.2 says a few hours.
 */
const RANDOM_LIFETIME_MS = 300_000;

/** What the table asks the core to do. */
export interface NeighbourActions {
  /** Ask who has the neighbour's address: by unicast to its MAC address, or by broadcast. */
  solicit(neighbour: Neighbour, isUnicast: boolean): void;
  /** Send a packet that waited. */
  transmit(request: LinkRequest, mac: MacAddress): void;
  /** A packet that waited cannot be sent: nobody answers. */
  unreachable(request: LinkRequest): void;
  /** A packet is dropped. */
  discard(request: LinkRequest, reason: Discard): void;
}

/** Why a waiting packet, or one that had to wait, is dropped although the neighbour may answer. */
export type Discard =
  | 'NEIGH_CREATEFAIL'
  | 'NEIGH_QUEUEFULL'
  | 'NEIGH_DEAD'
  | 'strata/NEIGH_FLUSHED';

/** What ARP has learnt about a neighbour. */
export interface NeighbourNews {
  readonly mac: MacAddress;
  /** REACHABLE: it answered us. STALE: it only sent something. */
  readonly state: 'REACHABLE' | 'STALE';
  /** Whether a known address may be replaced by another one. */
  readonly isOverride: boolean;
  /** Whether an entry is made if there is none. */
  readonly isCreating: boolean;
}

/** Times that belong to the table and not to an entry. Infinite: not set. */
export interface NeighbourTableTimes {
  readonly collectionDueMs: number;
  readonly lastForcedCollectionMs: number;
  /** The current random factor of reachable times, and when it was chosen. */
  readonly reachableFactor: number;
  readonly reachableFactorChosenMs: number;
}

/**
 * The ARP cache: neighbours with their states, timers, and the packets that wait for them. The
 * state machine is that of Linux's net/core/neighbour.c: RFC 4861 7.3, over ARP.
 */
export class NeighbourTable {
  readonly #actions: NeighbourActions;
  readonly #report: LinkReport;
  readonly #random: () => number;
  readonly #store: NeighbourStore;
  readonly #knobs: LinkKnobs;
  #reachableFactor = 0;
  #reachableFactorChosenMs = Number.NEGATIVE_INFINITY;

  constructor(
    knobs: LinkKnobs,
    report: LinkReport,
    random: () => number,
    actions: NeighbourActions,
  ) {
    this.#store = new NeighbourStore(knobs, report.counters, (neighbour) => {
      for (const request of takeWaiting(neighbour)) actions.discard(request, 'NEIGH_DEAD');
    });
    this.#knobs = knobs;
    this.#report = report;
    this.#random = random;
    this.#actions = actions;
  }

  /** Knobs have changed: the new values apply from each entry's next step on. */
  knobsChanged(): void {
    this.#reachableFactorChosenMs = Number.NEGATIVE_INFINITY;
  }

  #neigh({ interfaceIndex }: Pick<Neighbour, 'interfaceIndex'>): LinkNeigh {
    return knobsOf(this.#knobs.neigh, interfaceIndex);
  }

  get(interfaceIndex: number, address: IpAddress): Neighbour | undefined {
    return this.#store.get(interfaceIndex, address);
  }

  /** All entries, those of one interface together, in the order they were made. */
  entries(): IterableIterator<Neighbour> {
    return this.#store.entries();
  }

  /** Whether packets wait for the address of a neighbour. */
  hasWaiting(): boolean {
    for (const { waiting } of this.entries()) if (waiting.length > 0) return true;
    return false;
  }

  /** When `handleTimeout` is to be called; Infinity: no timer runs. */
  nextDeadlineMs(): number {
    return this.#store.nextDeadlineMs();
  }

  /**
   * The MAC address to send a packet to now. Undefined: the packet waits and the neighbour is
   * asked, or the packet was dropped and counted; the table owns it from here on.
   */
  resolve(request: LinkRequest, nowMs: number): MacAddress | undefined {
    const known = this.get(request.interfaceIndex, request.nextHop);
    if (known !== undefined && hasMac(known.state)) {
      known.usedMs = nowMs;
      known.wasUsed = true;
      if (known.state === 'STALE') this.#enterDelay(known, nowMs);
      return known.mac;
    }
    this.#await(request, known, nowMs);
    return undefined;
  }

  /** The packet waits for the neighbour's address. */
  #await(request: LinkRequest, known: Neighbour | undefined, nowMs: number): void {
    const neighbour =
      known ?? this.#store.create(request.interfaceIndex, request.nextHop, 'asked', nowMs);
    if (neighbour === undefined) {
      this.#actions.discard(request, 'NEIGH_CREATEFAIL');
      return;
    }
    neighbour.usedMs = nowMs;
    neighbour.wasUsed = true;
    addWaiting(neighbour, request, this.#neigh(neighbour).unres_qlen_bytes, (oldest) => {
      this.#actions.discard(oldest, 'NEIGH_QUEUEFULL');
    });
    const { outcomes } = this.#report;
    if (outcomes.isOn) outcomes.report('queued', 'strata/NEIGH_UNRESOLVED', neighbour.address);
    if (neighbour.state === 'FAILED') this.#ask(neighbour, nowMs);
  }

  /** Updates an entry with what ARP learnt, if that is credible. False: it is not. */
  learn(interfaceIndex: number, address: IpAddress, news: NeighbourNews, nowMs: number): boolean {
    const known = this.get(interfaceIndex, address);
    if (known === undefined && !news.isCreating) return false;
    const neighbour = known ?? this.#store.create(interfaceIndex, address, 'heard', nowMs);
    if (neighbour === undefined || isFixed(neighbour.state)) return false;
    let state: NeighbourState = news.state;
    if (hasMac(neighbour.state)) {
      const isOther = neighbour.mac !== news.mac;
      const lockedUntilMs = neighbour.updatedMs + this.#neigh(neighbour).locktime * 10;
      if (isOther && !news.isOverride && nowMs <= lockedUntilMs) return false;
      // A packet from a neighbour with its known address proves nothing new.
      if (!isOther && state === 'STALE') state = neighbour.state;
    }
    this.#update(neighbour, news.mac, state, 'strata/ARP_LEARNT', nowMs);
    return true;
  }

  /**
   * A layer above knows that packets reach the neighbour (RFC 1122 2.3.2.1), so it need not be
   * asked.
   */
  confirm(interfaceIndex: number, address: IpAddress, nowMs: number): void {
    const neighbour = this.get(interfaceIndex, address);
    if (neighbour !== undefined && hasMac(neighbour.state)) neighbour.confirmedMs = nowMs;
  }

  /**
   * Sets an entry by hand, or makes one if there is none, as Linux's neigh_add() does. Returns what
   * refuses it: `full`, or `no-mac`: the state needs a MAC address.
   */
  set(setting: NeighbourSetting, nowMs: number): Neighbour | 'full' | 'no-mac' {
    const { interfaceIndex, address, state } = setting;
    const known = this.get(interfaceIndex, address);
    const knownMac = known !== undefined && hasMac(known.state) ? known.mac : undefined;
    const mac = setting.mac ?? knownMac;
    if (hasMac(state) && mac === undefined) return 'no-mac';
    const neighbour = known ?? this.#store.create(interfaceIndex, address, 'heard', nowMs);
    if (neighbour === undefined) return 'full';
    neighbour.wasUsed = true;
    if (hasMac(state)) this.#update(neighbour, mac!, state, 'strata/NEIGH_SET', nowMs);
    else if (state === 'INCOMPLETE') this.#ask(neighbour, nowMs, 'strata/NEIGH_SET');
    else {
      this.#setState(neighbour, 'FAILED', 'strata/NEIGH_SET', nowMs);
      this.#store.arm(neighbour, NEVER);
      this.#fail(neighbour);
    }
    return neighbour;
  }

  /** Removes an entry; its waiting packets are unreachable. False if there is none. */
  delete(interfaceIndex: number, address: IpAddress): boolean {
    const neighbour = this.get(interfaceIndex, address);
    if (neighbour === undefined) return false;
    this.#store.remove(neighbour);
    this.#fail(neighbour);
    return true;
  }

  /** Removes the entries that match; their waiting packets are unreachable. Returns them. */
  flushMatching(filter: NeighbourFilter): Neighbour[] {
    const gone = [...this.entries()].filter((one) => isSelected(one, filter));
    for (const neighbour of gone) {
      this.#store.remove(neighbour);
      this.#fail(neighbour);
    }
    return gone;
  }

  /**
   * Forgets all neighbours of an interface that goes down, PERMANENT ones too (Linux's
   * neigh_ifdown()); its waiting packets are dropped.
   */
  flush(interfaceIndex: number): void {
    for (const neighbour of this.#store.ofInterface(interfaceIndex)) {
      this.#store.remove(neighbour);
      for (const request of takeWaiting(neighbour)) {
        this.#actions.discard(request, 'strata/NEIGH_FLUSHED');
      }
    }
  }

  /** Stores an entry of a snapshot as it is. */
  insert(neighbour: Neighbour, nowMs: number): void {
    this.#store.add(neighbour, nowMs);
  }

  /** The table's own times, for a snapshot. */
  times(): NeighbourTableTimes {
    const { dueMs, lastForcedMs } = this.#store.collectionTimes();
    return {
      collectionDueMs: dueMs,
      lastForcedCollectionMs: lastForcedMs,
      reachableFactor: this.#reachableFactor,
      reachableFactorChosenMs: this.#reachableFactorChosenMs,
    };
  }

  setTimes(times: NeighbourTableTimes): void {
    const { collectionDueMs, lastForcedCollectionMs } = times;
    this.#store.setCollectionTimes({
      dueMs: collectionDueMs,
      lastForcedMs: lastForcedCollectionMs,
    });
    this.#reachableFactor = times.reachableFactor;
    this.#reachableFactorChosenMs = times.reachableFactorChosenMs;
  }

  /** Fires the timers that are due. */
  handleTimeout(nowMs: number): void {
    this.#store.handleTimeout(nowMs);
    if (nowMs < this.nextDeadlineMs()) return;
    for (const neighbour of this.entries()) {
      if (neighbour.deadlineMs > nowMs) continue;
      const { outcomes } = this.#report;
      if (outcomes.isOn) {
        outcomes.expire('neighbour', 'strata/NEIGH_TIMER', neighbour.address, nowMs);
      }
      this.#handleTimer(neighbour, nowMs);
    }
  }

  #handleTimer(neighbour: Neighbour, nowMs: number): void {
    switch (neighbour.state) {
      case 'REACHABLE':
        this.#handleReachableTimer(neighbour, nowMs);
        return;
      case 'DELAY':
        if (nowMs <= neighbour.confirmedMs + this.#delayMs(neighbour)) {
          this.#setState(neighbour, 'REACHABLE', 'strata/NEIGH_TIMER', nowMs);
          this.#store.arm(neighbour, neighbour.confirmedMs + this.#reachableMs(neighbour, nowMs));
          return;
        }
        this.#setState(neighbour, 'PROBE', 'strata/NEIGH_TIMER', nowMs);
        neighbour.probes = 0;
        this.#probe(neighbour, this.#neigh(neighbour).ucast_solicit, nowMs);
        return;
      case 'PROBE':
        this.#probe(neighbour, this.#neigh(neighbour).ucast_solicit, nowMs);
        return;
      case 'INCOMPLETE':
        this.#probe(neighbour, this.#neigh(neighbour).mcast_solicit, nowMs);
        return;
      default:
        this.#store.arm(neighbour, NEVER);
    }
  }

  #handleReachableTimer(neighbour: Neighbour, nowMs: number): void {
    const untilMs = neighbour.confirmedMs + this.#reachableMs(neighbour, nowMs);
    if (nowMs < untilMs) this.#store.arm(neighbour, untilMs);
    else if (nowMs <= neighbour.usedMs + this.#delayMs(neighbour))
      this.#enterDelay(neighbour, nowMs);
    else {
      this.#setState(neighbour, 'STALE', 'strata/NEIGH_TIMER', nowMs);
      this.#store.arm(neighbour, NEVER);
    }
  }

  #delayMs(neighbour: Neighbour): number {
    return this.#neigh(neighbour).delay_first_probe_time * 1_000;
  }

  /** Random, so that stations do not all ask at the same time (RFC 4861 6.3.2). */
  #reachableMs(neighbour: Neighbour, nowMs: number): number {
    if (nowMs - this.#reachableFactorChosenMs > RANDOM_LIFETIME_MS) {
      this.#reachableFactor = 0.5 + this.#random();
      this.#reachableFactorChosenMs = nowMs;
    }
    return this.#neigh(neighbour).base_reachable_time_ms * this.#reachableFactor;
  }

  #setState(neighbour: Neighbour, state: NeighbourState, reason: Reason, nowMs: number): void {
    this.#changeState(neighbour, state, reason);
    neighbour.updatedMs = nowMs;
  }

  /** The only function that changes the state of a neighbour. */
  #changeState(neighbour: Neighbour, to: NeighbourState, reason: Reason): void {
    const { outcomes } = this.#report;
    if (outcomes.isOn && neighbour.state !== to) {
      const change = { machine: 'neighbour', from: neighbour.state, to } as const;
      outcomes.change(change, reason, neighbour.address);
    }
    neighbour.state = to;
  }

  #enterDelay(neighbour: Neighbour, nowMs: number): void {
    this.#setState(neighbour, 'DELAY', 'strata/NEIGH_USED', nowMs);
    this.#store.arm(neighbour, nowMs + this.#delayMs(neighbour));
  }

  /** The first request for an unknown neighbour. */
  #ask(neighbour: Neighbour, nowMs: number, reason: Reason = 'strata/NEIGH_USED'): void {
    this.#setState(neighbour, 'INCOMPLETE', reason, nowMs);
    neighbour.probes = 0;
    this.#probe(neighbour, this.#neigh(neighbour).mcast_solicit, nowMs);
  }

  /** Sends one more request, or gives up after `limit` requests. */
  #probe(neighbour: Neighbour, limit: number, nowMs: number): void {
    if (neighbour.probes >= limit) {
      this.#setState(neighbour, 'FAILED', 'strata/NEIGH_TIMER', nowMs);
      this.#store.arm(neighbour, NEVER);
      this.#report.counters.res_failed += 1;
      this.#fail(neighbour);
      return;
    }
    neighbour.probes += 1;
    this.#store.arm(neighbour, nowMs + this.#neigh(neighbour).retrans_time_ms);
    this.#actions.solicit(neighbour, neighbour.state === 'PROBE');
  }

  #fail(neighbour: Neighbour): void {
    for (const request of takeWaiting(neighbour)) this.#actions.unreachable(request);
  }

  #update(
    neighbour: Neighbour,
    mac: MacAddress,
    state: NeighbourState,
    reason: Reason,
    nowMs: number,
  ): void {
    if (state === 'REACHABLE') neighbour.confirmedMs = nowMs;
    if (neighbour.mac !== mac && state !== 'REACHABLE' && !isFixed(state)) {
      // A new address is not confirmed yet.
      neighbour.confirmedMs = nowMs - 2 * this.#neigh(neighbour).base_reachable_time_ms;
    }
    if (neighbour.mac !== mac || neighbour.state !== state) neighbour.updatedMs = nowMs;
    if (neighbour.state !== state) neighbour.probes = 0;
    neighbour.mac = mac;
    this.#changeState(neighbour, state, reason);
    if (state === 'REACHABLE')
      this.#store.arm(neighbour, nowMs + this.#reachableMs(neighbour, nowMs));
    else if (state === 'DELAY') this.#store.arm(neighbour, nowMs + this.#delayMs(neighbour));
    else if (state === 'PROBE') this.#store.arm(neighbour, nowMs);
    else this.#store.arm(neighbour, NEVER);
    const waiting = takeWaiting(neighbour);
    // Sending to a STALE neighbour makes it DELAY: it will be asked.
    if (waiting.length > 0 && state === 'STALE') this.#enterDelay(neighbour, nowMs);
    for (const request of waiting) this.#actions.transmit(request, mac);
  }
}
