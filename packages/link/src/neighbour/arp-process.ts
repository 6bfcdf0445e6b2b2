import {
  type AddressType,
  type Allocate,
  ARP_OCTETS,
  ARP_REPLY,
  ARP_REQUEST,
  type Arp,
  BROADCAST_MAC,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  emitArp,
  HEADROOM_OCTETS,
  type IpAddress,
  Ipv4Packet,
  isGroupMac,
  isLoopbackIpv4,
  isMulticastIpv4,
  isParseError,
  LIMITED_BROADCAST_IPV4,
  type MacAddress,
  parseArp,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import type { InterfaceAddress, LinkInterface } from '../interface/interface.ts';
import type { InterfaceTable } from '../interface/interface-table.ts';
import { dropFrame, type LinkReport } from '../outcomes.ts';
import type { Transmitter } from '../transmitter.ts';
import type { Neighbour } from './neighbour.ts';
import type { NeighbourTable } from './neighbour-table.ts';

/** ARP (RFC 826) with Linux's rules on what to answer and what to believe (net/ipv4/arp.c). */
export class ArpProcess {
  readonly #transmitter: Transmitter;
  readonly #report: LinkReport;
  readonly #interfaces: InterfaceTable;

  readonly #allocate: Allocate;

  constructor(
    transmitter: Transmitter,
    report: LinkReport,
    interfaces: InterfaceTable,
    allocate: Allocate,
  ) {
    this.#allocate = allocate;
    this.#transmitter = transmitter;
    this.#report = report;
    this.#interfaces = interfaces;
  }

  /** Handles an ARP packet that was received on an interface with ARP. */
  handle(
    link: LinkInterface,
    packet: Uint8Array,
    cast: AddressType,
    table: NeighbourTable,
    nowMs: number,
  ): void {
    const { counters, outcomes } = this.#report;
    counters.arp_received += 1;
    const arp = parseArp(packet);
    if (isParseError(arp) || !isCredible(arp)) {
      return dropFrame(this.#report, link, 'strata/ARP_INVALID');
    }
    // Our own packet, echoed by the wire.
    if (arp.senderMac === link.mac) return dropFrame(this.#report, link, 'strata/ARP_OWN');
    // The packet may come in on any interface (arp_ignore 0).
    const isForUs = this.#interfaces.isOwn(arp.targetAddress);
    if (arp.senderAddress === UNSPECIFIED_IPV4) {
      // A probe (RFC 5227 2.1.1): its sender has no address yet, so there is nothing to learn.
      if (isForUs && arp.operation === ARP_REQUEST) return this.#answer(link, arp);
      return dropFrame(this.#report, link, 'strata/ARP_PROBE');
    }
    if (this.#interfaces.isOwn(arp.senderAddress)) {
      return dropFrame(this.#report, link, 'strata/ARP_CONFLICT');
    }
    if (arp.operation === ARP_REQUEST && isForUs) {
      const news = {
        mac: arp.senderMac,
        state: 'STALE',
        isOverride: true,
        isCreating: true,
      } as const;
      table.learn(link.index, arp.senderAddress, news, nowMs);
      return this.#answer(link, arp);
    }
    if (!this.#learn(link, arp, cast, table, nowMs)) {
      return dropFrame(this.#report, link, 'strata/ARP_UNWANTED');
    }
    if (outcomes.isOn) outcomes.report('delivered', 'strata/ARP_LEARNT', arp.senderAddress);
  }

  #answer(link: LinkInterface, request: Arp): void {
    const { outcomes } = this.#report;
    if (outcomes.isOn) {
      outcomes.report('delivered', 'strata/ARP_REQUEST', request.senderAddress);
      outcomes.purpose('answered', 'strata/ARP_REQUEST');
    }
    this.#reply(link, request);
  }

  /**
   * Handles a reply, a gratuitous packet, or a request for another station: it may change an
   * existing entry (RFC 826). False: it changes nothing.
   */
  #learn(
    link: LinkInterface,
    arp: Arp,
    cast: AddressType,
    table: NeighbourTable,
    nowMs: number,
  ): boolean {
    const isGratuitous =
      arp.senderAddress === arp.targetAddress &&
      (arp.operation === ARP_REQUEST || arp.targetMac === arp.senderMac);
    // Only an answer to us proves that packets reach its sender (RFC 4861 7.3.1; Linux's
    // arp_process()).
    const isAnswer = arp.operation === ARP_REPLY && cast === 'unicast';
    const news = {
      mac: arp.senderMac,
      state: isAnswer ? 'REACHABLE' : 'STALE',
      isOverride: isGratuitous,
      isCreating: isGratuitous && link.conf.arp_accept === 1,
    } as const;
    return table.learn(link.index, arp.senderAddress, news, nowMs);
  }

  /** Asks for a neighbour's address. */
  solicit(link: LinkInterface, neighbour: Neighbour, isUnicast: boolean): void {
    const { address, mac } = neighbour;
    const { outcomes } = this.#report;
    if (outcomes.isOn) outcomes.purpose('emitted', 'strata/NEIGH_SOLICIT');
    this.#request(link, isUnicast ? mac : BROADCAST_MAC, {
      senderAddress: this.#sourceFor(link, neighbour),
      targetAddress: address,
      targetMac: isUnicast ? mac : 0,
    });
  }

  /**
   * Announces addresses of the interface by gratuitous requests (RFC 5227 2.3, `arp_notify`).
   */
  announce(link: LinkInterface, addresses: readonly InterfaceAddress[]): void {
    const { outcomes } = this.#report;
    for (const { address } of addresses) {
      if (outcomes.isOn) outcomes.purpose('emitted', 'strata/ARP_ANNOUNCE');
      this.#request(link, BROADCAST_MAC, {
        senderAddress: address,
        targetAddress: address,
        targetMac: 0,
      });
    }
  }

  /**
   * The sender address of a request: the source of the first waiting packet if that is ours
   * (arp_announce 0), else an address of the interface.
   */
  #sourceFor(link: LinkInterface, neighbour: Neighbour): IpAddress {
    const request = neighbour.waiting[0];
    if (request !== undefined && request.etherType === ETHERTYPE_IPV4) {
      const packet = Ipv4Packet.parse(request.packet);
      if (!isParseError(packet) && this.#interfaces.isOwn(packet.source)) return packet.source;
    }
    return link.addressTowards(neighbour.address) ?? UNSPECIFIED_IPV4;
  }

  #request(
    link: LinkInterface,
    destination: MacAddress,
    fields: Pick<Arp, 'senderAddress' | 'targetAddress' | 'targetMac'>,
  ): void {
    this.#report.counters.arp_requests_sent += 1;
    this.#send(link, destination, { operation: ARP_REQUEST, senderMac: link.mac, ...fields });
  }

  #reply(link: LinkInterface, request: Arp): void {
    this.#report.counters.arp_replies_sent += 1;
    this.#send(link, request.senderMac, {
      operation: ARP_REPLY,
      senderMac: link.mac,
      senderAddress: request.targetAddress,
      targetMac: request.senderMac,
      targetAddress: request.senderAddress,
    });
  }

  #send(link: LinkInterface, destination: MacAddress, arp: Arp): void {
    const packet = this.#allocate(ARP_OCTETS);
    emitArp(packet, arp);
    this.#transmitter.send(
      link,
      {
        interfaceIndex: link.index,
        etherType: ETHERTYPE_ARP,
        cast: destination === BROADCAST_MAC ? 'broadcast' : 'unicast',
        nextHop: arp.targetAddress,
        packet,
        headroomOctets: HEADROOM_OCTETS,
        segmentSize: 0,
        checksum: 'complete',
        trace: undefined,
      },
      destination,
    );
  }
}

/** Whether the packet's sender and target can be stations, and it is a request or a reply. */
function isCredible(arp: Arp): boolean {
  const { operation, senderMac, senderAddress, targetAddress } = arp;
  if (operation !== ARP_REQUEST && operation !== ARP_REPLY) return false;
  if (senderMac === 0 || isGroupMac(senderMac)) return false;
  return (
    isStation(targetAddress) && (senderAddress === UNSPECIFIED_IPV4 || isStation(senderAddress))
  );
}

function isStation(address: IpAddress): boolean {
  return (
    !isMulticastIpv4(address) && !isLoopbackIpv4(address) && address !== LIMITED_BROADCAST_IPV4
  );
}
