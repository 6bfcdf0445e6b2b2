import type { Ipv4Address } from '@strata/wire';
import type { SocketAddress } from '../state/socket.ts';
import type { TableEntry } from '../state/tables.ts';

/** What lies in the table: it knows its own addresses. */
interface Addressed {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
}

/** Connections by their 5-tuple; the protocol is TCP for all of them. */
export class ConnectionTable<Entry extends Addressed> {
  /** By local address and port, then by remote address and port, each as one number. */
  readonly #byLocal = new Map<number, Map<number, Entry>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(
    localAddress: Ipv4Address,
    localPort: number,
    remoteAddress: Ipv4Address,
    remotePort: number,
  ): Entry | undefined {
    return this.#byLocal
      .get(localAddress * 65536 + localPort)
      ?.get(remoteAddress * 65536 + remotePort);
  }

  /** Puts the entry in, in the place of one with the same addresses. */
  set(entry: Entry): void {
    const localKey = entry.local.address * 65536 + entry.local.port;
    let byRemote = this.#byLocal.get(localKey);
    if (byRemote === undefined) {
      byRemote = new Map();
      this.#byLocal.set(localKey, byRemote);
    }
    const before = byRemote.size;
    byRemote.set(entry.remote.address * 65536 + entry.remote.port, entry);
    this.#size += byRemote.size - before;
  }

  /** Takes this very entry out; another one with the same addresses stays. */
  delete(entry: Entry): void {
    const localKey = entry.local.address * 65536 + entry.local.port;
    const byRemote = this.#byLocal.get(localKey);
    const remoteKey = entry.remote.address * 65536 + entry.remote.port;
    if (byRemote === undefined || byRemote.get(remoteKey) !== entry) return;
    byRemote.delete(remoteKey);
    this.#size -= 1;
    if (byRemote.size === 0) this.#byLocal.delete(localKey);
  }

  /** Entries with this local port, and the local address; address 0: with any. */
  *onPort(address: Ipv4Address, port: number): IterableIterator<Entry> {
    for (const [local, byRemote] of this.#byLocal) {
      if (local % 65536 !== port) continue;
      if (address === 0 || local === address * 65536 + port) yield* byRemote.values();
    }
  }

  *[Symbol.iterator](): IterableIterator<Entry> {
    for (const byRemote of this.#byLocal.values()) yield* byRemote.values();
  }
}

/**
 * Whether a connection, mostly one in TIME-WAIT, stands against binding a socket to `local` (address 0: to any). With SO_REUSEADDR on both
 * it does not: then only the pair of addresses has to be free, which a connect finds out. One whose handshake is not done never does (RFC
 * 9293 3.9.1.1, MUST-42).
 */
export function isAddressInUse(
  connections: ConnectionTable<TableEntry>,
  local: SocketAddress,
  reuseAddress: boolean,
): boolean {
  for (const entry of connections.onPort(local.address, local.port)) {
    if (entry.kind === 'request') continue;
    if (entry.kind === 'time-wait') {
      if (!(reuseAddress && entry.reuseAddress)) return true;
    } else if (entry.state !== 'SYN-SENT' && entry.state !== 'SYN-RECEIVED') {
      if (!(reuseAddress && entry.options.reuseAddress === true)) return true;
    }
  }
  return false;
}
