import { type FlowKey, FlowMap, flowKey, type IpAddress, isUnspecified } from '@strata/wire';
import type { SocketAddress } from '../state/socket.ts';
import type { TableEntry } from '../state/tables.ts';

/** An entry of the table has a local and a remote address. */
interface Addressed {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
}

/** The key of one end of a flow. */
function keyOf({ address, port }: SocketAddress): FlowKey {
  return flowKey(address, port);
}

/** Connections by their flow; the protocol is TCP for all of them. */
export class ConnectionTable<Entry extends Addressed> {
  readonly #byFlow = new FlowMap<Entry>();

  get size(): number {
    return this.#byFlow.size;
  }

  /** The connection between these ends. */
  get(local: FlowKey, remote: FlowKey): Entry | undefined {
    return this.#byFlow.get(local, remote);
  }

  /** The connection between these addresses. */
  between(local: SocketAddress, remote: SocketAddress): Entry | undefined {
    return this.#byFlow.get(keyOf(local), keyOf(remote));
  }

  /** Adds the entry; it replaces one with the same addresses and ports. */
  set(entry: Entry): void {
    this.#byFlow.set(keyOf(entry.local), keyOf(entry.remote), entry);
  }

  /** Removes this entry, but not another one with the same addresses and ports. */
  delete(entry: Entry): void {
    if (this.between(entry.local, entry.remote) !== entry) return;
    this.#byFlow.delete(keyOf(entry.local), keyOf(entry.remote));
  }

  /** Entries with this local port, and the local address; 0.0.0.0: with any. */
  *onPort(address: IpAddress, port: number): IterableIterator<Entry> {
    for (const entry of this.#byFlow.onLocalPort(port)) {
      if (isUnspecified(address) || entry.local.address === address) yield entry;
    }
  }

  [Symbol.iterator](): IterableIterator<Entry> {
    return this.#byFlow[Symbol.iterator]();
  }
}

/**
 * Whether a connection, mostly one in TIME-WAIT, stands against binding a socket to `local`
 * (address 0.0.0.0: to any). With SO_REUSEADDR on both it does not: then only the pair of addresses
 * has to be free, which a connect finds out. One whose handshake is not done never does (RFC 9293
 * 3.9.1.1, MUST-42).
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
