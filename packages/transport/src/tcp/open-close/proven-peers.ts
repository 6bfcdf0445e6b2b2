import type { IpAddress } from '@strata/wire';

/**
 * Addresses that have recently completed a handshake: their SYNs are most likely not spoofed.
 * Linux's tcp_peer_is_proven() reads its destination metrics; here it is a short list.
 */
export class ProvenPeers {
  /** In the order of their last handshake, oldest first. */
  readonly #addresses = new Set<IpAddress>();

  has(address: IpAddress): boolean {
    return this.#addresses.has(address);
  }

  /** All addresses, oldest first. */
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
