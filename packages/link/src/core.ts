import {
  type Allocate,
  allocateWithHeadroom,
  type IpAddress,
  isGroupMac,
  type Outcome,
  type OutcomeLog,
} from '@strata/wire';
import { claimAddresses, continueClaims, findClaimDeadline } from './arp/claim-addresses.ts';
import { nextAnswerMs, sendDelayedAnswers } from './arp/delayed-answers.ts';
import { announce } from './arp/send-arp.ts';
import type { LinkConfig } from './config.ts';
import type { LinkContext } from './context.ts';
import type { AdapterCounter, LinkCounters } from './counters.ts';
import { createContext } from './create-context.ts';
import { LinkError } from './errors.ts';
import type { LinkEvent } from './event.ts';
import type { ImpairmentDrop } from './impairment/impairment.ts';
import type {
  InterfaceAddress,
  InterfaceInfo,
  InterfaceOffload,
  LinkInterface,
} from './interface/interface.ts';
import { createRouteTable, type LinkRoutes } from './interface/link-routes.ts';
import {
  checkStation,
  type NeighbourFilter,
  type NeighbourInfo,
  type NeighbourSetting,
  neighbourInfo,
} from './neighbour/neighbour.ts';
import { ADAPTER_DROPS, dropFrame, type LinkPdu } from './outcomes.ts';
import type { LinkFrame, LinkIndication, LinkRequest } from './pdu.ts';
import { receiveFrame } from './receive.ts';
import { sendRequest } from './send.ts';
import {
  checkSnapshotVersion,
  type LinkSnapshot,
  restoreSnapshot,
  takeSnapshot,
} from './snapshot.ts';
import { changeLinkKnobs, type LinkSysctl, listLinkKnobs, restoreLinkKnobs } from './sysctl.ts';

/** Most addresses for which link answers on one interface. */
const MOST_PROXIES = 65_536;

/**
 * The link layer of one stack: Ethernet II and ARP over any number of interfaces. It does no I/O;
 * call it in this order.
 *
 * 1. Construct it; it may have frames to send at once (announcements of interfaces that are up).
 * 2. For each input call `handleFrame`, `handleRequest`, `handleTimeout` or a control call, with
 *    the time.
 * 3. After each input or batch of inputs, poll until undefined: `pollFrame` for frames to the
 *    device, `pollIndication` for indications to network, `pollEvent` for people, and `pollOutcome`
 *    if the core is observed. Output that is not polled stays in memory.
 * 4. `nextDeadlineMs`: call `handleTimeout` at that time or later. Any call may change that time.
 *
 * `nowMs` never runs backwards. The same calls give the same outputs.
 */
export class LinkCore {
  readonly #context: LinkContext;
  readonly #outcomes: OutcomeLog<LinkPdu>;

  /**
   * `random`: uniform in 0 to 1, for reachable times, probes and answers as a proxy. `allocate`:
   * memory for frames that are made here. Throws LINK_RANGE and LINK_DUPLICATE.
   */
  constructor(config: LinkConfig, random: () => number, allocate: Allocate = allocateWithHeadroom) {
    this.#context = createContext(config, random, allocate);
    this.#outcomes = this.#context.report.outcomes;
    for (const { index, staticNeighbours, proxies } of config.interfaces) {
      for (const { address, mac } of staticNeighbours ?? []) {
        this.setNeighbour({ interfaceIndex: index, address, mac, state: 'PERMANENT' }, 0);
      }
      for (const address of proxies ?? []) this.addProxy(index, address);
    }
    for (const link of this.#context.interfaces.values()) this.#comeUp(link);
  }

  /** Takes a frame from the device, without frame check sequence. The core owns its bytes now. */
  handleFrame(frame: LinkFrame, nowMs: number): void {
    if (this.#outcomes.isOn) this.#outcomes.begin('frame', 'frame', frame, nowMs);
    receiveFrame(this.#context, frame, nowMs);
  }

  /**
   * Takes a packet that network wants to send. The core owns its bytes and headroom from here on.
   */
  handleRequest(request: LinkRequest, nowMs: number): void {
    if (this.#outcomes.isOn) this.#outcomes.begin('request', 'packet', request, nowMs);
    sendRequest(this.#context, request, nowMs);
  }

  /** Fires the timers that are due. Calling it early does nothing. */
  handleTimeout(nowMs: number): void {
    this.#context.neighbours.handleTimeout(nowMs);
    continueClaims(this.#context, nowMs);
    sendDelayedAnswers(this.#context, nowMs);
  }

  /** Whether packets wait for the address of a neighbour. */
  isBusy(): boolean {
    return this.#context.neighbours.hasWaiting();
  }

  /** When `handleTimeout` is to be called next; Infinity: no timer runs. */
  nextDeadlineMs(): number {
    const { claimDeadlineMs } = this.#context;
    const otherMs = Math.min(claimDeadlineMs, nextAnswerMs(this.#context));
    return Math.min(this.#context.neighbours.nextDeadlineMs(), otherMs);
  }

  /** The next frame for the device; the caller owns it. Undefined: no more. */
  pollFrame(): LinkFrame | undefined {
    return this.#context.transmitter.poll();
  }

  /** The next indication to network; the caller owns it. Undefined: no more. */
  pollIndication(): LinkIndication | undefined {
    return this.#context.indications.shift();
  }

  /** What people should hear of our addresses. Undefined: no more. */
  pollEvent(): LinkEvent | undefined {
    return this.#context.events.shift();
  }

  /** Switches outcomes for `pollOutcome` on or off. Off is the default and costs nothing. */
  observe(on: boolean): void {
    this.#outcomes.observe(on);
  }

  /**
   * The next outcome: what the core did with an input or because of a timer. Undefined: no more. At
   * most 65,536 wait.
   */
  pollOutcome(): Outcome<LinkPdu> | undefined {
    return this.#outcomes.poll();
  }

  /** Number of outcomes lost so far because too many waited. */
  lostOutcomes(): number {
    return this.#outcomes.lost;
  }

  /** The neighbour table, as `ip neigh` lists it. */
  neighbours(nowMs: number): NeighbourInfo[] {
    return Array.from(this.#context.neighbours.entries(), (one) => neighbourInfo(one, nowMs));
  }

  /** A neighbour. Undefined: there is none. */
  neighbour(interfaceIndex: number, address: IpAddress, nowMs: number): NeighbourInfo | undefined {
    const known = this.#context.neighbours.get(interfaceIndex, address);
    return known && neighbourInfo(known, nowMs);
  }

  /**
   * Sets a neighbour by hand, as `ip neigh replace` does; packets that wait for it are sent.
   * `full`: the table is full of PERMANENT neighbours. `no-mac`: the state needs a MAC address.
   * Throws LINK_UNKNOWN_INTERFACE, and LINK_RANGE for an address or a MAC address that no station
   * can have.
   */
  setNeighbour(setting: NeighbourSetting, nowMs: number): NeighbourInfo | 'full' | 'no-mac' {
    const { interfaceIndex, address, mac } = setting;
    this.#context.interfaces.require(interfaceIndex);
    checkStation(address);
    if (mac !== undefined && isGroupMac(mac)) {
      throw new LinkError('LINK_RANGE', 'neighbour mac is a group address');
    }
    this.#command('set neighbour', nowMs);
    const neighbour = this.#context.neighbours.set(setting, nowMs);
    return typeof neighbour === 'string' ? neighbour : neighbourInfo(neighbour, nowMs);
  }

  /** Removes a neighbour in any state, as `ip neigh del` does. False if there is none. */
  deleteNeighbour(interfaceIndex: number, address: IpAddress): boolean {
    this.#command('delete neighbour');
    return this.#context.neighbours.delete(interfaceIndex, address);
  }

  /** Removes the neighbours that match, as `ip neigh flush` does, and returns them. */
  flushNeighbours(filter: NeighbourFilter, nowMs: number): NeighbourInfo[] {
    this.#command('flush neighbours', nowMs);
    return this.#context.neighbours.flushMatching(filter).map((one) => neighbourInfo(one, nowMs));
  }

  /** The addresses for which link answers on an interface, as `ip neigh show proxy` lists them. */
  proxies(): { readonly interfaceIndex: number; readonly address: IpAddress }[] {
    return [...this.#context.interfaces.values()].flatMap(({ index, proxies }) =>
      [...proxies].map((address) => ({ interfaceIndex: index, address })),
    );
  }

  /**
   * Answers ARP requests for the address from now on, on an interface that forwards, if the address
   * is reached through another one (`ip neigh add proxy`). False if it was answered already. Throws
   * LINK_UNKNOWN_INTERFACE and LINK_RANGE.
   */
  addProxy(interfaceIndex: number, address: IpAddress): boolean {
    const { proxies } = this.#context.interfaces.require(interfaceIndex);
    checkStation(address);
    if (proxies.size >= MOST_PROXIES) {
      throw new LinkError('LINK_RANGE', `there are ${MOST_PROXIES} proxy addresses already`);
    }
    const isNew = !proxies.has(address);
    proxies.add(address);
    return isNew;
  }

  /** False if link did not answer for the address. Throws LINK_UNKNOWN_INTERFACE. */
  deleteProxy(interfaceIndex: number, address: IpAddress): boolean {
    return this.#context.interfaces.require(interfaceIndex).proxies.delete(address);
  }

  /** Network's routes, and the interfaces that forward: ARP answers by them. */
  setRoutes(routes: LinkRoutes): void {
    this.#context.routes = createRouteTable(routes);
  }

  /**
   * Confirms a neighbour: a layer above knows that its packets reach it (RFC 1122 2.3.2.1). The
   * neighbour need not be asked for a while.
   */
  confirmNeighbour(interfaceIndex: number, address: IpAddress, nowMs: number): void {
    this.#context.neighbours.confirm(interfaceIndex, address, nowMs);
  }

  /** The interfaces with their counters, as `ip -s link` lists them. */
  interfaces(): InterfaceInfo[] {
    return Array.from(this.#context.interfaces.values(), (link) => link.info());
  }

  /** A copy of the counters that belong to no interface. */
  counters(): Readonly<LinkCounters> {
    return { ...this.#context.report.counters };
  }

  /**
   * Brings an interface up or down. Up: it announces itself (see `arp_notify`). Down: all its
   * neighbours are forgotten, and waiting packets are dropped and counted.
   */
  setInterfaceUp(interfaceIndex: number, isUp: boolean): void {
    const link = this.#context.interfaces.require(interfaceIndex);
    if (link.isUp === isUp) return;
    link.isUp = isUp;
    this.#command(isUp ? 'interface up' : 'interface down');
    link.claims.clear();
    if (isUp) this.#comeUp(link);
    else this.#context.neighbours.flush(interfaceIndex);
    this.#context.interfaces.addressesChanged();
    findClaimDeadline(this.#context);
  }

  /** Sets the MTU of an interface: octets, 68 to 65,535. Throws LINK_RANGE. */
  setMtu(interfaceIndex: number, mtu: number): void {
    this.#context.interfaces.require(interfaceIndex).mtu = mtu;
  }

  /**
   * Sets what the interface's device takes from now on, also for packets that already wait for a
   * neighbour. Throws LINK_RANGE.
   */
  setOffload(interfaceIndex: number, offload: InterfaceOffload): void {
    this.#context.interfaces.require(interfaceIndex).offload = offload;
  }

  /** Switches ARP of an interface. All its neighbours are forgotten (neigh_changeaddr()). */
  setArp(interfaceIndex: number, isOn: boolean): void {
    const link = this.#context.interfaces.require(interfaceIndex);
    if (link.arp === isOn) return;
    link.arp = isOn;
    this.#command('arp');
    this.#context.neighbours.flush(interfaceIndex);
    link.claims.clear();
    claimAddresses(this.#context, link);
  }

  /**
   * Sets the stack's addresses on an interface. Those that it has keep their state. New ones are
   * probed for with `accept_dad`; else they are in use at once, and announced (see `arp_notify`).
   */
  setAddresses(interfaceIndex: number, addresses: readonly InterfaceAddress[]): void {
    const link = this.#context.interfaces.require(interfaceIndex);
    this.#command('set addresses');
    const added = this.#context.interfaces.setAddresses(link, addresses);
    claimAddresses(this.#context, link);
    this.#notify(link, added);
  }

  /** Sends gratuitous ARP for each address of an interface that is up (RFC 5227 2.3). */
  announce(interfaceIndex: number): void {
    const link = this.#context.interfaces.require(interfaceIndex);
    this.#announce(link, link.addresses);
  }

  #announce(link: LinkInterface, addresses: readonly InterfaceAddress[]): void {
    this.#command('announce');
    if (!link.isUp || !link.arp) return;
    for (const { address } of addresses) {
      if (link.stateOf(address) === 'preferred') announce(this.#context, link, address);
    }
  }

  /** Sets all groups that the interface listens to. 224.0.0.1 is always one of them. */
  setGroups(interfaceIndex: number, groups: readonly IpAddress[]): void {
    const link = this.#context.interfaces.require(interfaceIndex);
    for (const left of link.groups) if (!groups.includes(left)) link.leave(left);
    for (const group of groups) link.join(group);
  }

  /** Counts frames that the adapter dropped before the core saw them. */
  countReceiveError(interfaceIndex: number, counter: AdapterCounter, frames = 1): void {
    if (this.#outcomes.isOn) this.#outcomes.begin('control', 'adapter', undefined);
    const link = this.#context.interfaces.require(interfaceIndex);
    dropFrame(this.#context.report, link, ADAPTER_DROPS[counter], frames);
  }

  /** Reports a frame that an impairment has dropped and counted. `where`: such as `eth0 in`. */
  noteImpairmentDrop({ frame, reason, atMs }: ImpairmentDrop, where: string): void {
    if (!this.#outcomes.isOn) return;
    this.#outcomes.begin('frame', `impairment ${where}`, frame, atMs);
    this.#outcomes.report('dropped', reason);
  }

  /** A copy of the knobs. */
  sysctl(): LinkSysctl {
    return listLinkKnobs(this.#context.knobs);
  }

  /** Changes knobs. Throws LINK_RANGE, and changes nothing, if one is out of range. */
  setSysctl(changes: Partial<LinkSysctl>): void {
    changeLinkKnobs(this.#context.knobs, changes);
    this.#context.neighbours.knobsChanged();
  }

  /**
   * All state as plain data, for another core of the same interfaces. Poll frames and indications
   * first: they are not in it.
   */
  snapshot(nowMs: number): LinkSnapshot {
    return takeSnapshot(this.#context, this.sysctl(), nowMs);
  }

  /**
   * Takes over the state of another core, at this core's time. Interfaces of the snapshot that this
   * core does not have are left out. Throws LINK_SNAPSHOT for a version that this code cannot read.
   */
  restore(snapshot: LinkSnapshot, nowMs: number): void {
    // The sysctls come first: setting them resets the current reachable time.
    checkSnapshotVersion(snapshot);
    restoreLinkKnobs(this.#context.knobs, snapshot.sysctl);
    this.#context.neighbours.knobsChanged();
    restoreSnapshot(this.#context, snapshot, nowMs);
    findClaimDeadline(this.#context);
  }

  /** Claims the addresses of an interface, and announces those in use if `arp_notify` says so. */
  #comeUp(link: LinkInterface): void {
    claimAddresses(this.#context, link);
    this.#notify(link, link.addresses);
  }

  #notify(link: LinkInterface, addresses: readonly InterfaceAddress[]): void {
    if (link.conf.arp_notify === 1 && addresses.length > 0) this.#announce(link, addresses);
  }

  /** Begins a cause: a person's command. `nowMs`: default: the last time. */
  #command(name: string, nowMs?: number): void {
    if (!this.#outcomes.isOn) return;
    this.#outcomes.begin('control', name, undefined, nowMs);
    this.#outcomes.report('delivered', 'strata/COMMANDED');
  }
}
