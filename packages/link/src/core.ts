import {
  type Allocate,
  allocateWithHeadroom,
  BROADCAST_MAC,
  Fifo,
  type IpAddress,
  isGroupMac,
  joinTail,
  type MacAddress,
  multicastMac,
  type Outcome,
  OutcomeLog,
  orderKnobChanges,
} from '@strata/wire';
import type { LinkConfig } from './config.ts';
import { type AdapterCounter, createLinkCounters, type LinkCounters } from './counters.ts';
import { LinkError } from './errors.ts';
import type {
  InterfaceAddress,
  InterfaceInfo,
  InterfaceOffload,
  LinkInterface,
} from './interface/interface.ts';
import { InterfaceTable } from './interface/interface-table.ts';
import { ArpProcess } from './neighbour/arp-process.ts';
import { hasMac, type NeighbourInfo, neighbourInfo } from './neighbour/neighbour.ts';
import { NeighbourTable } from './neighbour/neighbour-table.ts';
import {
  ADAPTER_DROPS,
  dropFrame,
  dropRequest,
  type LinkPdu,
  type LinkReport,
} from './outcomes.ts';
import type { LinkFrame, LinkIndication, LinkRequest } from './pdu.ts';
import { type ReceiveContext, receiveFrame } from './receive.ts';
import {
  checkSnapshotVersion,
  type LinkSnapshot,
  type LinkState,
  restoreSnapshot,
  takeSnapshot,
} from './snapshot.ts';
import {
  changeLinkKnobs,
  createLinkKnobs,
  type LinkSysctl,
  listLinkKnobs,
  restoreLinkKnobs,
} from './sysctl.ts';
import { Transmitter } from './transmitter.ts';

/**
 * The link layer of one stack: Ethernet II and ARP over any number of interfaces. It does no I/O;
 * call it in this order.
 *
 * 1. Construct it; it may have frames to send at once (announcements of interfaces that are up).
 * 2. For each input call `handleFrame`, `handleRequest`, `handleTimeout` or a control call, with
 *    the time.
 * 3. After each input or batch of inputs, poll until undefined: `pollFrame` for frames to the
 *    device, `pollIndication` for indications to network, and `pollOutcome` if the core is
 *    observed. Output that is not polled stays in memory.
 * 4. `nextDeadlineMs`: call `handleTimeout` at that time or later. Any call may change that time.
 *
 * `nowMs` never runs backwards. The same calls give the same outputs.
 */
export class LinkCore {
  readonly #interfaces: InterfaceTable;
  readonly #counters: LinkCounters = createLinkCounters();
  readonly #indications = new Fifo<LinkIndication>();
  readonly #transmitter: Transmitter;
  readonly #allocate: Allocate;
  readonly #outcomes = new OutcomeLog<LinkPdu>('link');
  readonly #report: LinkReport = { counters: this.#counters, outcomes: this.#outcomes };
  readonly #arp: ArpProcess;
  readonly #neighbours: NeighbourTable;
  readonly #knobs = createLinkKnobs();
  readonly #receiving: ReceiveContext;

  /**
   * `random`: uniform in 0 to 1, for reachable times. `allocate`: memory for frames that are made
   * here. Throws LINK_RANGE and LINK_DUPLICATE.
   */
  constructor(config: LinkConfig, random: () => number, allocate: Allocate = allocateWithHeadroom) {
    this.#allocate = allocate;
    this.#transmitter = new Transmitter(this.#report, allocate);
    const { beforeInterfaces, afterInterfaces } = orderKnobChanges(config.sysctl ?? {});
    changeLinkKnobs(this.#knobs, beforeInterfaces);
    this.#interfaces = new InterfaceTable(config.interfaces, this.#knobs);
    changeLinkKnobs(this.#knobs, afterInterfaces);
    this.#arp = new ArpProcess(this.#transmitter, this.#report, this.#interfaces, allocate);
    this.#neighbours = new NeighbourTable(this.#knobs, this.#report, random, {
      solicit: (neighbour, isUnicast) => {
        const link = this.#interfaces.get(neighbour.interfaceIndex);
        if (link !== undefined) this.#arp.solicit(link, neighbour, isUnicast);
      },
      transmit: (request, mac) => {
        const link = this.#interfaces.get(request.interfaceIndex);
        if (link !== undefined) this.#transmitter.send(link, request, mac);
      },
      unreachable: (request) => {
        this.#drop(request, 'NEIGH_FAILED');
        this.#refuse(request);
      },
      discard: (request, reason) => this.#drop(request, reason),
    });
    this.#receiving = {
      interfaces: this.#interfaces,
      arp: this.#arp,
      neighbours: this.#neighbours,
      report: this.#report,
      indications: this.#indications,
    };
    for (const one of config.interfaces) {
      for (const { address, mac } of one.staticNeighbours ?? []) {
        this.addNeighbour(one.index, address, mac, 0);
      }
    }
    for (const link of this.#interfaces.values()) this.#notify(link);
  }

  /** Takes a frame from the device, without frame check sequence. The core owns its bytes now. */
  handleFrame(frame: LinkFrame, nowMs: number): void {
    if (this.#outcomes.isOn) this.#outcomes.begin('frame', 'frame', frame, nowMs);
    receiveFrame(this.#receiving, frame, nowMs);
  }

  /**
   * Takes a packet that network wants to send. The core owns its bytes and headroom from here on.
   */
  handleRequest(request: LinkRequest, nowMs: number): void {
    if (this.#outcomes.isOn) this.#outcomes.begin('request', 'packet', request, nowMs);
    const link = this.#interfaces.get(request.interfaceIndex);
    if (link === undefined) return this.#drop(request, 'strata/NO_INTERFACE');
    if (!link.isUp) {
      this.#drop(request, 'DEV_READY');
      this.#refuse(request);
      return;
    }
    const destination = this.#destinationOf(link, request, nowMs);
    if (destination !== undefined) this.#transmitter.send(link, request, destination);
  }

  /** The MAC address to send to. Undefined: the packet waits, or was dropped. */
  #destinationOf(link: LinkInterface, request: LinkRequest, nowMs: number): MacAddress | undefined {
    switch (request.cast) {
      case 'broadcast':
        return BROADCAST_MAC;
      case 'multicast':
        return multicastMac(request.nextHop);
      case 'unicast': {
        if (link.arp) return this.#neighbours.resolve(request, nowMs);
        const neighbour = this.#neighbours.get(link.index, request.nextHop);
        if (neighbour !== undefined && hasMac(neighbour.state)) return neighbour.mac;
        this.#drop(request, 'NEIGH_FAILED');
        this.#refuse(request);
        return undefined;
      }
    }
  }

  /** Fires the timers that are due. Calling it early does nothing. */
  handleTimeout(nowMs: number): void {
    this.#neighbours.handleTimeout(nowMs);
  }

  /** Whether packets wait for the address of a neighbour. */
  isBusy(): boolean {
    return this.#neighbours.hasWaiting();
  }

  /** When `handleTimeout` is to be called next; Infinity: no timer runs. */
  nextDeadlineMs(): number {
    return this.#neighbours.nextDeadlineMs();
  }

  /** The next frame for the device; the caller owns it. Undefined: no more. */
  pollFrame(): LinkFrame | undefined {
    return this.#transmitter.poll();
  }

  /** The next indication to network; the caller owns it. Undefined: no more. */
  pollIndication(): LinkIndication | undefined {
    return this.#indications.shift();
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
    return Array.from(this.#neighbours.entries(), (one) => neighbourInfo(one, nowMs));
  }

  /**
   * Sets a neighbour by hand, as `ip neigh replace` does; packets that wait for it are sent. False
   * if the table is full of PERMANENT neighbours. Throws LINK_UNKNOWN_INTERFACE, and LINK_RANGE for
   * a group address.
   */
  addNeighbour(
    interfaceIndex: number,
    address: IpAddress,
    mac: MacAddress,
    nowMs: number,
    state: 'PERMANENT' | 'REACHABLE' | 'STALE' = 'PERMANENT',
  ): boolean {
    this.#interfaces.require(interfaceIndex);
    if (isGroupMac(mac)) throw new LinkError('LINK_RANGE', 'neighbour mac is a group address');
    this.#command('add neighbour', nowMs);
    return this.#neighbours.set(interfaceIndex, address, mac, state, nowMs);
  }

  /** Removes a neighbour in any state, as `ip neigh del` does. False if there is none. */
  deleteNeighbour(interfaceIndex: number, address: IpAddress): boolean {
    this.#command('delete neighbour');
    return this.#neighbours.delete(interfaceIndex, address);
  }

  /**
   * Confirms a neighbour: a layer above knows that its packets reach it (RFC 1122 2.3.2.1). The
   * neighbour need not be asked for a while.
   */
  confirmNeighbour(interfaceIndex: number, address: IpAddress, nowMs: number): void {
    this.#neighbours.confirm(interfaceIndex, address, nowMs);
  }

  /** The interfaces with their counters, as `ip -s link` lists them. */
  interfaces(): InterfaceInfo[] {
    return Array.from(this.#interfaces.values(), (link) => link.info());
  }

  /** A copy of the counters that belong to no interface. */
  counters(): Readonly<LinkCounters> {
    return { ...this.#counters };
  }

  /**
   * Brings an interface up or down. Up: it announces itself (see `arp_notify`). Down: neighbours
   * learnt on it are forgotten, waiting packets are dropped and counted, and PERMANENT neighbours
   * stay.
   */
  setInterfaceUp(interfaceIndex: number, isUp: boolean): void {
    const link = this.#interfaces.require(interfaceIndex);
    if (link.isUp === isUp) return;
    link.isUp = isUp;
    this.#command(isUp ? 'interface up' : 'interface down');
    if (isUp) this.#notify(link);
    else this.#neighbours.flush(interfaceIndex);
  }

  /** Sets the MTU of an interface: octets, 68 to 65,535. Throws LINK_RANGE. */
  setMtu(interfaceIndex: number, mtu: number): void {
    this.#interfaces.require(interfaceIndex).mtu = mtu;
  }

  /**
   * Sets what the interface's device takes from now on, also for packets that already wait for a
   * neighbour. Throws LINK_RANGE.
   */
  setOffload(interfaceIndex: number, offload: InterfaceOffload): void {
    this.#interfaces.require(interfaceIndex).offload = offload;
  }

  /** Sets the stack's addresses on an interface. New addresses are not announced automatically. */
  setAddresses(interfaceIndex: number, addresses: readonly InterfaceAddress[]): void {
    this.#interfaces.setAddresses(this.#interfaces.require(interfaceIndex), addresses);
  }

  /** Takes frames for a group (RFC 1112 6.4). 224.0.0.1 is joined from the start. */
  joinGroup(interfaceIndex: number, group: IpAddress): void {
    this.#interfaces.require(interfaceIndex).join(group);
  }

  leaveGroup(interfaceIndex: number, group: IpAddress): void {
    this.#interfaces.require(interfaceIndex).leave(group);
  }

  /** Sends gratuitous ARP for each address of an interface that is up (RFC 5227 2.3). */
  announce(interfaceIndex: number): void {
    const link = this.#interfaces.require(interfaceIndex);
    this.#command('announce');
    if (link.isUp && link.arp) this.#arp.announce(link);
  }

  /** Counts frames that the adapter dropped before the core saw them. */
  countReceiveError(interfaceIndex: number, counter: AdapterCounter, frames = 1): void {
    if (this.#outcomes.isOn) this.#outcomes.begin('control', 'adapter', undefined);
    dropFrame(
      this.#report,
      this.#interfaces.require(interfaceIndex),
      ADAPTER_DROPS[counter],
      frames,
    );
  }

  /** A copy of the knobs. */
  sysctl(): LinkSysctl {
    return listLinkKnobs(this.#knobs);
  }

  /** Changes knobs. Throws LINK_RANGE, and changes nothing, if one is out of range. */
  setSysctl(changes: Partial<LinkSysctl>): void {
    changeLinkKnobs(this.#knobs, changes);
    this.#neighbours.knobsChanged();
  }

  /**
   * All state as plain data, for another core of the same interfaces. Poll frames and indications
   * first: they are not in it.
   */
  snapshot(nowMs: number): LinkSnapshot {
    return takeSnapshot(this.#state(), this.sysctl(), nowMs);
  }

  /**
   * Takes over the state of another core, at this core's time. Interfaces of the snapshot that this
   * core does not have are left out. Throws LINK_SNAPSHOT for a version that this code cannot read.
   */
  restore(snapshot: LinkSnapshot, nowMs: number): void {
    // The sysctls come first: setting them resets the current reachable time.
    checkSnapshotVersion(snapshot);
    restoreLinkKnobs(this.#knobs, snapshot.sysctl);
    this.#neighbours.knobsChanged();
    restoreSnapshot(this.#state(), snapshot, nowMs);
  }

  #state(): LinkState {
    return {
      interfaces: this.#interfaces,
      neighbours: this.#neighbours,
      counters: this.#counters,
    };
  }

  #notify(link: LinkInterface): void {
    if (link.conf.arp_notify === 1) this.announce(link.index);
  }

  /**
   * Begins a cause: a person's command, or a report of the adapter. `nowMs`: default: the last
   * time.
   */
  #command(name: string, nowMs?: number): void {
    if (!this.#outcomes.isOn) return;
    this.#outcomes.begin('control', name, undefined, nowMs);
    this.#outcomes.report('delivered', 'strata/COMMANDED');
  }

  #drop(request: LinkRequest, reason: Parameters<typeof dropRequest>[3]): void {
    dropRequest(this.#report, this.#interfaces.get(request.interfaceIndex), request, reason);
  }

  #refuse(request: LinkRequest): void {
    this.#indications.push({
      kind: 'unreachable',
      interfaceIndex: request.interfaceIndex,
      nextHop: request.nextHop,
      packet: joinTail(request.packet, request.tail, this.#allocate),
      isForwarded: request.isForwarded,
    });
  }
}
