import { addKnobsOf, type IpAddress, type MacAddress, UNSPECIFIED_IPV4 } from '@strata/wire';
import { LinkError } from '../errors.ts';
import type { LinkKnobs } from '../sysctl.ts';
import { type InterfaceAddress, type InterfaceConfig, LinkInterface } from './interface.ts';

/** The interfaces of a stack, and which addresses are its own. */
export class InterfaceTable {
  readonly #byIndex = new Map<number, LinkInterface>();
  readonly #own = new Set<IpAddress>();
  readonly #macs = new Set<MacAddress>();
  readonly #unusable = new Set<IpAddress>();

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
      this.#macs.add(link.mac);
    }
    this.addressesChanged();
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
    this.addressesChanged();
    return addresses.filter(({ address }) => !old.has(address));
  }

  /** Whether the MAC address is one of the stack's. */
  hasMac(mac: MacAddress): boolean {
    return this.#macs.has(mac);
  }

  /** The first address in use of any interface. */
  anyAddress(): IpAddress | undefined {
    for (const address of this.#own) return address;
    return undefined;
  }

  /** Whether some address of the stack is tentative or a duplicate. */
  get hasUnusable(): boolean {
    return this.#unusable.size > 0;
  }

  /** Whether an address is the stack's, but tentative or a duplicate. */
  isUnusable(address: IpAddress): boolean {
    return this.#unusable.has(address);
  }

  /** Whether an address is one of the stack's, on any interface, and in use. */
  isOwn(address: IpAddress): boolean {
    return this.#own.has(address);
  }

  /** The addresses of an interface have changed, or their states. */
  addressesChanged(): void {
    this.#own.clear();
    this.#unusable.clear();
    for (const link of this.#byIndex.values()) {
      for (const { address } of link.addresses) {
        if (address === UNSPECIFIED_IPV4) continue;
        (link.stateOf(address) === 'preferred' ? this.#own : this.#unusable).add(address);
      }
    }
  }
}
