import type { IpAddress } from '@strata/wire';

/**
 * Addresses that have lately completed a handshake: what comes from them is most likely not
 * spoofed. Linux asks its metrics of the destination; here it is a short memory of its own.
 */
export class ProvenPeers {
  /** In the order of their last handshake, the oldest first. */
  readonly #addresses = new Set<IpAddress>();

  has(address: IpAddress): boolean {
    return this.#addresses.has(address);
  }

  /** All of them, the oldest first. */
  list(): IpAddress[] {
    return [...this.#addresses];
  }

  add(address: IpAddress): void {
    this.#addresses.delete(address);
    this.#addresses.add(address);
    if (this.#addresses.size <= MAX_PROVEN_PEERS) return;
    for (const oldest of this.#addresses) {
      this.#addresses.delete(oldest);
      return;
    }
  }
}

const MAX_PROVEN_PEERS = 1024;
