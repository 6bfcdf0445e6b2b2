import {
  broadcastOf,
  type IpAddress,
  inPrefix,
  isLoopbackIpv4,
  LIMITED_BROADCAST_IPV4,
  LOOPBACK_IPV4,
} from '@strata/wire';

/** One of the stack's addresses, and its interface's MTU. */
export interface LocalAddress {
  readonly address: IpAddress;
  /** Bits, 0 to 32. */
  readonly prefixLength: number;
  /** Octets of the largest IPv4 packet. */
  readonly mtuOctets: number;
  /** Whether its interface is up: only then it is chosen as a source. Default true. */
  readonly isUp?: boolean | undefined;
  /** The interface that has it, from 1. Default 0: unknown. */
  readonly interfaceIndex?: number | undefined;
}

const LOOPBACK: LocalAddress = { address: LOOPBACK_IPV4, prefixLength: 8, mtuOctets: 65535 };

/**
 * The stack's own addresses. Transport chooses the source address, because the checksum's
 * pseudo-header contains it: an address in the destination's subnet, otherwise the first one (RFC
 * 1122 3.3.4.3).
 */
export class LocalAddresses {
  #addresses: readonly LocalAddress[];

  constructor(addresses: readonly LocalAddress[]) {
    this.#addresses = addresses;
  }

  /** Replaces the addresses. What is open keeps its own, as in Linux. */
  set(addresses: readonly LocalAddress[]): void {
    this.#addresses = addresses;
  }

  /** Whether the stack owns the address; all of 127.0.0.0/8 is its own. */
  owns(address: IpAddress): boolean {
    return isLoopbackIpv4(address) || this.#addresses.some((own) => own.address === address);
  }

  /** Whether it is a broadcast address: 255.255.255.255, or that of a subnet. */
  isBroadcast(address: IpAddress): boolean {
    if (address === LIMITED_BROADCAST_IPV4) return true;
    return this.#addresses.some(
      (own) => own.prefixLength < 31 && address === broadcastOf(own.address, own.prefixLength),
    );
  }

  /**
   * The source address for this destination, with its interface's MTU; undefined: the stack has no
   * address on an interface that is up.
   */
  sourceFor(destination: IpAddress): LocalAddress | undefined {
    if (isLoopbackIpv4(destination)) return { ...LOOPBACK, address: LOOPBACK.address };
    let best: LocalAddress | undefined;
    for (const own of this.#addresses) {
      if (own.address === destination) return { ...own, mtuOctets: LOOPBACK.mtuOctets };
      if (own.isUp === false || !inPrefix(destination, own.address, own.prefixLength)) continue;
      if (best === undefined || own.prefixLength > best.prefixLength) best = own;
    }
    return best ?? this.#addresses.find(({ isUp = true }) => isUp);
  }

  /** The interface that has the address. 0: none, or not known. */
  interfaceOf(address: IpAddress): number {
    return this.#addresses.find((own) => own.address === address)?.interfaceIndex ?? 0;
  }

  /** The MTU of the interface that holds the address, octets. */
  mtuOf(address: IpAddress): number {
    if (isLoopbackIpv4(address)) return LOOPBACK.mtuOctets;
    return this.#addresses.find((own) => own.address === address)?.mtuOctets ?? 1500;
  }
}
