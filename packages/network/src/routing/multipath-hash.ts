import { type IpAddress, ipv4Bits } from '@strata/wire';
import { HalfSipHash } from '../half-siphash.ts';

/** The hash that spreads flows over the ways of a route, keyed so that no peer can aim at one. */
export class MultipathHash {
  readonly #random: () => number;
  #hash: HalfSipHash | undefined;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** 0 to 2^32 - 1. `protocol` and `ports`: 0 if the addresses alone decide. */
  of(source: IpAddress, destination: IpAddress, protocol: number, ports: number): number {
    this.#hash ??= new HalfSipHash(this.#word(), this.#word());
    const addresses = this.#hash.hash(ipv4Bits(source), ipv4Bits(destination), protocol);
    return protocol === 0 ? addresses : this.#hash.hash(addresses, ports, protocol);
  }

  #word(): number {
    return Math.floor(this.#random() * 0x100000000);
  }
}
