import type { IpAddress } from '@strata/wire';

/** What is remembered of a host that we send ICMP messages to: Linux's inet_peer. */
export interface Peer {
  /** Credit for messages, in milliseconds: it grows with the time. */
  creditMs: number;
  /** When the credit was last brought up to date, or a redirect was sent. */
  ratedAtMs: number;
  /** Redirects sent since the last silence. */
  redirects: number;
}

/** Peers that are remembered. A new one replaces the least recently used. */
const MAX_PEERS = 4096;
/** A new peer has the credit of this time: Linux's inet_getpeer(). */
const FIRST_CREDIT_MS = 60_000;

/** The peers by address, the least recently used first. */
export class Peers {
  readonly #byAddress = new Map<IpAddress, Peer>();

  /** The peer's entry; a new one if it has none. */
  get(address: IpAddress, nowMs: number): Peer {
    let peer = this.#byAddress.get(address);
    if (peer === undefined) {
      this.#makeRoom();
      peer = { creditMs: 0, ratedAtMs: nowMs - FIRST_CREDIT_MS, redirects: 0 };
    } else {
      this.#byAddress.delete(address);
    }
    this.#byAddress.set(address, peer);
    return peer;
  }

  #makeRoom(): void {
    if (this.#byAddress.size < MAX_PEERS) return;
    for (const oldest of this.#byAddress.keys()) {
      this.#byAddress.delete(oldest);
      return;
    }
  }
}

/** Takes `costMs` of the peer's credit, which is at most `mostMs`. False: it has not so much. */
export function takeCredit(peer: Peer, costMs: number, mostMs: number, nowMs: number): boolean {
  peer.creditMs = Math.min(peer.creditMs + nowMs - peer.ratedAtMs, mostMs);
  peer.ratedAtMs = nowMs;
  if (peer.creditMs < costMs) return false;
  peer.creditMs -= costMs;
  return true;
}
