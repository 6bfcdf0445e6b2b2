import {
  type AddressType,
  broadcastOf,
  formatIpv4,
  type IpAddress,
  inPrefix,
  isHostAddress,
  isLoopbackIpv4,
  isMulticastIpv4,
  LIMITED_BROADCAST_IPV4,
  LOOPBACK_IPV4,
} from '@strata/wire';
import type { InterfaceAddress, InterfaceConfig } from './config.ts';
import { NetworkError } from './errors.ts';

export const LOOPBACK_INDEX = 0;

/** Loopback (RFC 1122 3.2.1.3 (g)). Its MTU is that of the largest packet; Linux's is 65,536. */
const LOOPBACK: InterfaceConfig = {
  index: LOOPBACK_INDEX,
  name: 'lo',
  mtu: 65535,
  addresses: [{ address: LOOPBACK_IPV4, prefixLength: 8 }],
};

/** The interfaces by index, and what their addresses tell. */
interface InterfaceTable {
  readonly all: readonly InterfaceConfig[];
  readonly byIndex: ReadonlyMap<number, InterfaceConfig>;
  readonly owners: ReadonlyMap<IpAddress, InterfaceConfig>;
  readonly broadcasts: ReadonlyMap<IpAddress, InterfaceConfig>;
}

/** Whether packets may be sent on it. */
export function isUp({ isUp = true }: InterfaceConfig): boolean {
  return isUp;
}

/**
 * The interfaces. Their addresses tell which addresses are ours, and which are broadcast addresses.
 * They stay ours while their interface is down, as Linux's local table keeps them.
 */
export class Interfaces {
  #table: InterfaceTable;

  /** Throws NetworkError: NETWORK_BAD_INTERFACE, NETWORK_BAD_ADDRESS. */
  constructor(interfaces: readonly InterfaceConfig[]) {
    this.#table = createTable(interfaces);
  }

  /** Loopback first. */
  get all(): readonly InterfaceConfig[] {
    return this.#table.all;
  }

  /** Replaces all interfaces but loopback. Throws as the constructor; then nothing has changed. */
  set(interfaces: readonly InterfaceConfig[]): void {
    this.#table = createTable(interfaces);
  }

  byIndex(index: number): InterfaceConfig | undefined {
    return this.#table.byIndex.get(index);
  }

  /** Whether the address is one of our own, 127.0.0.0/8 included. */
  isOwn(address: IpAddress): boolean {
    return this.#table.owners.has(address) || isLoopbackIpv4(address);
  }

  /** The interface that owns the address. */
  ownerOf(address: IpAddress): InterfaceConfig | undefined {
    const { byIndex, owners } = this.#table;
    return isLoopbackIpv4(address) ? byIndex.get(LOOPBACK_INDEX) : owners.get(address);
  }

  /** The interface whose subnet has this broadcast address. */
  broadcastOwnerOf(address: IpAddress): InterfaceConfig | undefined {
    return this.#table.broadcasts.get(address);
  }

  /**
   * The type of a destination address. The broadcast address of any of our subnets is a broadcast.
   */
  addressTypeOf(address: IpAddress): AddressType {
    if (isMulticastIpv4(address)) return 'multicast';
    return address === LIMITED_BROADCAST_IPV4 || this.#table.broadcasts.has(address)
      ? 'broadcast'
      : 'unicast';
  }

  /**
   * The address to send from on this interface (RFC 1122 3.3.4.3). First choice: the address whose
   * subnet holds the next hop, longest prefix first. Second: the interface's primary address. Last:
   * that of any other interface.
   */
  sourceOn(from: InterfaceConfig, nextHop: IpAddress): IpAddress | undefined {
    let best: InterfaceAddress | undefined;
    for (const own of from.addresses) {
      if (!inPrefix(nextHop, own.address, own.prefixLength)) continue;
      if (best === undefined || own.prefixLength > best.prefixLength) best = own;
    }
    if (best !== undefined) return best.address;
    if (from.addresses[0] !== undefined) return from.addresses[0].address;
    for (const other of this.all) {
      if (other.index !== LOOPBACK_INDEX && other.addresses[0]) return other.addresses[0].address;
    }
    return undefined;
  }

  /** Whether the address is one other host in one of the interface's subnets. */
  isNeighbour(address: IpAddress, on: InterfaceConfig): boolean {
    if (this.isOwn(address) || this.addressTypeOf(address) !== 'unicast') return false;
    return on.addresses.some((own) => inPrefix(address, own.address, own.prefixLength));
  }
}

function createTable(interfaces: readonly InterfaceConfig[]): InterfaceTable {
  const all = [LOOPBACK, ...interfaces];
  const byIndex = new Map<number, InterfaceConfig>();
  for (const each of all) addInterface(byIndex, each);
  const owners = new Map<IpAddress, InterfaceConfig>();
  const broadcasts = new Map<IpAddress, InterfaceConfig>();
  for (const each of all) {
    for (const own of each.addresses) addAddress(owners, broadcasts, each, own);
  }
  return { all, byIndex, owners, broadcasts };
}

function addInterface(byIndex: Map<number, InterfaceConfig>, each: InterfaceConfig): void {
  const { index, name, mtu } = each;
  const bad = (what: string) =>
    new NetworkError('NETWORK_BAD_INTERFACE', `interface ${name} (${index}): ${what}`);
  if (!Number.isInteger(index) || index < 0) throw bad('index must be a whole number from 1');
  if (byIndex.has(index)) throw bad('index is taken (0 is loopback)');
  if ([...byIndex.values()].some((other) => other.name === name)) throw bad('name is taken');
  if (!Number.isInteger(mtu) || mtu < 68 || mtu > 65535) {
    throw bad(`mtu ${mtu} must be from 68 to 65535 octets`);
  }
  byIndex.set(index, each);
}

function addAddress(
  owners: Map<IpAddress, InterfaceConfig>,
  broadcasts: Map<IpAddress, InterfaceConfig>,
  each: InterfaceConfig,
  { address, prefixLength }: InterfaceAddress,
): void {
  const bad = (what: string) =>
    new NetworkError(
      'NETWORK_BAD_ADDRESS',
      `address ${formatIpv4(address)}/${prefixLength} of ${each.name}: ${what}`,
    );
  if (!Number.isInteger(prefixLength) || prefixLength < 0 || prefixLength > 32) {
    throw bad('the prefix must have 0 to 32 bits');
  }
  const isLoopback = each.index === LOOPBACK_INDEX;
  if (!isHostAddress(address) || isLoopbackIpv4(address) !== isLoopback) {
    throw bad('a host cannot have this address');
  }
  if (owners.has(address)) throw bad('is already in use');
  owners.set(address, each);
  if (prefixLength >= 31) return;
  const broadcast = broadcastOf(address, prefixLength);
  if (broadcast === address) throw bad('is the broadcast address of its subnet');
  broadcasts.set(broadcast, each);
}

/** Whether one of the interface's subnets holds both addresses. */
export function shareSubnet(by: InterfaceConfig, one: IpAddress, other: IpAddress): boolean {
  return by.addresses.some(
    ({ address, prefixLength }) =>
      inPrefix(one, address, prefixLength) && inPrefix(other, address, prefixLength),
  );
}
