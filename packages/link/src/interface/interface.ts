import {
  formatIpv4,
  type IpAddress,
  inPrefix,
  ipv4Bits,
  isGroupMac,
  isMulticastIpv4,
  type MacAddress,
  multicastMac,
  parseIpv4,
} from '@strata/wire';
import { createInterfaceCounters, type InterfaceCounters } from '../counters.ts';
import { checkInteger, LinkError } from '../errors.ts';
import type { LinkConf } from '../sysctl.ts';
import type { AddressClaim, AddressState } from './address-claim.ts';

/** The all-hosts group; every host joins it (RFC 1112 4). */
const ALL_HOSTS: IpAddress = parseIpv4('224.0.0.1')!;
/** Smallest MTU of IPv4 (RFC 791 3.2). */
const MTU_MIN_OCTETS = 68;
const MTU_MAX_OCTETS = 65_535;

/** An address of the stack on an interface. */
export interface InterfaceAddress {
  readonly address: IpAddress;
  /** Bits, 0 to 32. */
  readonly prefixLength: number;
}

/** The offloads of a device. */
export interface InterfaceOffload {
  /** The device takes partial checksums and completes them. */
  readonly checksum: boolean;
  /** The device takes TCP super-segments and cuts them up. Needs `checksum`. */
  readonly segmentation: boolean;
}

/** An interface of a stack. */
export interface InterfaceConfig {
  /** From 1, unique in the stack. */
  readonly index: number;
  readonly name: string;
  /** A unicast address. */
  readonly mac: MacAddress;
  /** Largest packet, without the Ethernet header. Octets, 68 to 65,535. */
  readonly mtu: number;
  readonly addresses: readonly InterfaceAddress[];
  /** Default true. */
  readonly isUp?: boolean | undefined;
  /** Default true. False: only static neighbours are known. */
  readonly arp?: boolean | undefined;
  readonly staticNeighbours?:
    | readonly { readonly address: IpAddress; readonly mac: MacAddress }[]
    | undefined;
  /** Addresses for which link answers ARP. Default: none. */
  readonly proxies?: readonly IpAddress[] | undefined;
  /** Default: no offload. */
  readonly offload?: InterfaceOffload | undefined;
}

/** What `interfaces()` returns for an interface; a copy. */
export interface InterfaceInfo {
  readonly index: number;
  readonly name: string;
  readonly mac: MacAddress;
  readonly mtu: number;
  readonly addresses: readonly InterfaceAddress[];
  /** The states of `addresses`, in the same order. */
  readonly addressStates: readonly AddressState[];
  readonly isUp: boolean;
  readonly arp: boolean;
  readonly offload: InterfaceOffload;
  readonly counters: Readonly<InterfaceCounters>;
}

/** An interface's state in the core. Throws LINK_RANGE for a config that is out of range. */
export class LinkInterface {
  readonly index: number;
  readonly name: string;
  readonly mac: MacAddress;
  /** Whether it asks for neighbours, and answers. */
  arp: boolean;
  /** The knobs of `net.ipv4.conf` in force; they follow all changes. */
  readonly conf: LinkConf;
  readonly counters: InterfaceCounters = createInterfaceCounters();
  isUp: boolean;
  /** Addresses of other stations for which link answers ARP (`ip neigh add proxy`). */
  readonly proxies = new Set<IpAddress>();
  /** What is known of each address on the wire. */
  readonly claims = new Map<IpAddress, AddressClaim>();
  readonly #groups = new Set<IpAddress>();
  /**
   * 32 groups share an Ethernet address (RFC 1112 6.4), so leaving one group must not leave
   * another.
   */
  readonly #groupMacs = new Set<MacAddress>();
  #mtu = 0;
  #offload: InterfaceOffload = { checksum: false, segmentation: false };
  #addresses: readonly InterfaceAddress[] = [];

  constructor(config: InterfaceConfig, conf: LinkConf) {
    this.conf = conf;
    checkInteger('interface index', config.index, 1, 0x7fffffff);
    checkInteger(`${config.name}: mac`, config.mac, 1, 0xffffffffffff);
    if (isGroupMac(config.mac)) {
      throw new LinkError(
        'LINK_RANGE',
        `${config.name}: mac is a group address: give a station's address`,
      );
    }
    this.index = config.index;
    this.name = config.name;
    this.mac = config.mac;
    this.mtu = config.mtu;
    this.addresses = config.addresses;
    this.join(ALL_HOSTS);
    this.isUp = config.isUp ?? true;
    this.arp = config.arp ?? true;
    if (config.offload !== undefined) this.offload = config.offload;
  }

  /** Sets the offloads of its device, for packets from now on. */
  get offload(): InterfaceOffload {
    return this.#offload;
  }

  set offload(offload: InterfaceOffload) {
    if (offload.segmentation && !offload.checksum) {
      throw new LinkError(
        'LINK_RANGE',
        `${this.name}: offload.segmentation needs offload.checksum`,
      );
    }
    this.#offload = offload;
  }

  get mtu(): number {
    return this.#mtu;
  }

  set mtu(octets: number) {
    checkInteger(`${this.name}: mtu`, octets, MTU_MIN_OCTETS, MTU_MAX_OCTETS);
    this.#mtu = octets;
  }

  get addresses(): readonly InterfaceAddress[] {
    return this.#addresses;
  }

  set addresses(addresses: readonly InterfaceAddress[]) {
    for (const { address, prefixLength } of addresses) {
      checkInteger(`${this.name}: address`, ipv4Bits(address), 0, 0xffffffff);
      checkInteger(`${this.name}: prefixLength`, prefixLength, 0, 32);
    }
    this.#addresses = [...addresses];
  }

  /** Groups that the interface has joined. */
  get groups(): readonly IpAddress[] {
    return [...this.#groups];
  }

  /** Whether a frame to this address is for a group that the interface has joined. */
  hasGroupMac(mac: MacAddress): boolean {
    return this.#groupMacs.has(mac);
  }

  join(group: IpAddress): void {
    if (!isMulticastIpv4(group)) {
      throw new LinkError(
        'LINK_RANGE',
        `${this.name}: ${formatIpv4(group)} is not a multicast group (224.0.0.0/4)`,
      );
    }
    this.#groups.add(group);
    this.#groupMacs.add(multicastMac(group));
  }

  /** The all-hosts group is never left (RFC 1112 7.2). */
  leave(group: IpAddress): void {
    if (group === ALL_HOSTS) return;
    this.#groups.delete(group);
    this.#groupMacs.clear();
    for (const one of this.#groups) this.#groupMacs.add(multicastMac(one));
  }

  /**
   * The sender address of an ARP request for `target`: one in the same subnet, else the first one.
   * Undefined if the interface has no address in use.
   */
  addressTowards(target: IpAddress): IpAddress | undefined {
    let first: IpAddress | undefined;
    for (const { address, prefixLength } of this.#addresses) {
      if (this.stateOf(address) !== 'preferred') continue;
      if (inPrefix(target, address, prefixLength)) return address;
      first ??= address;
    }
    return first;
  }

  /** The state of one of its addresses. */
  stateOf(address: IpAddress): AddressState {
    return this.claims.get(address)?.state ?? 'preferred';
  }

  info(): InterfaceInfo {
    return {
      index: this.index,
      name: this.name,
      mac: this.mac,
      mtu: this.mtu,
      addresses: this.addresses,
      addressStates: this.addresses.map(({ address }) => this.stateOf(address)),
      isUp: this.isUp,
      arp: this.arp,
      offload: this.offload,
      counters: { ...this.counters },
    };
  }
}
