import { addKnobsOf, type IpAddress, UNSPECIFIED_IPV4 } from '@strata/wire';
import { LinkError } from '../errors.ts';
import type { LinkKnobs } from '../sysctl.ts';
import { type InterfaceAddress, type InterfaceConfig, LinkInterface } from './interface.ts';

/** The interfaces of a stack, and which addresses are its own. */
export class InterfaceTable {
  readonly #byIndex = new Map<number, LinkInterface>();
  readonly #own = new Set<IpAddress>();

  /** Throws LINK_RANGE, and LINK_DUPLICATE for a duplicate index. */
  constructor(configs: readonly InterfaceConfig[], knobs: LinkKnobs) {
    for (const config of configs) {
      const { index, name } = config;
      addKnobsOf(knobs.neigh, index, name);
      const link = new LinkInterface(config, addKnobsOf(knobs.conf, index, name));
      if (this.#byIndex.has(link.index)) {
        throw new LinkError('LINK_DUPLICATE', `two interfaces have the index ${link.index}`);
      }
      this.#byIndex.set(link.index, link);
    }
    this.#collectOwnAddresses();
  }

  get(index: number): LinkInterface | undefined {
    return this.#byIndex.get(index);
  }

  /** Throws LINK_UNKNOWN_INTERFACE. */
  require(index: number): LinkInterface {
    const link = this.#byIndex.get(index);
    if (link !== undefined) return link;
    throw new LinkError('LINK_UNKNOWN_INTERFACE', `there is no interface ${index}`);
  }

  values(): IterableIterator<LinkInterface> {
    return this.#byIndex.values();
  }

  /** Sets the addresses of an interface, and returns those that are new there. */
  setAddresses(link: LinkInterface, addresses: readonly InterfaceAddress[]): InterfaceAddress[] {
    const old = new Set(link.addresses.map(({ address }) => address));
    link.addresses = addresses;
    this.#collectOwnAddresses();
    return addresses.filter(({ address }) => !old.has(address));
  }

  /** Whether an address is one of the stack's, on any interface. */
  isOwn(address: IpAddress): boolean {
    return this.#own.has(address);
  }

  #collectOwnAddresses(): void {
    this.#own.clear();
    for (const link of this.#byIndex.values()) {
      for (const { address } of link.addresses) this.#own.add(address);
    }
    this.#own.delete(UNSPECIFIED_IPV4);
  }
}
