/** Flows as keys of a table. Only this file knows how a key is represented. */
import { type IpAddress, ipv4Bits } from '../address.ts';

declare const brand: unique symbol;

/**
 * One end of a flow (an address and a port) as an opaque key; only {@link flowKey} makes it. The
 * keys of its two ends identify a flow; each table holds flows of one protocol. (Today a key is a
 * 48-bit number.)
 */
export interface FlowKey {
  readonly [brand]: 'FlowKey';
}

/** The key of one end of a flow. */
export function flowKey(address: IpAddress, port: number): FlowKey {
  return (ipv4Bits(address) * 65536 + port) as unknown as FlowKey;
}

/** The port of an end. */
function portOf(key: FlowKey): number {
  return (key as unknown as number) % 65536;
}

/** A map from flows to values. A flow is a pair of keys, the local end first. */
export class FlowMap<Value> {
  /** By the local end, then by the remote one. */
  readonly #byLocal = new Map<FlowKey, Map<FlowKey, Value>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(local: FlowKey, remote: FlowKey): Value | undefined {
    return this.#byLocal.get(local)?.get(remote);
  }

  /** Stores the value; it replaces the earlier value of the flow. */
  set(local: FlowKey, remote: FlowKey, value: Value): void {
    let byRemote = this.#byLocal.get(local);
    if (byRemote === undefined) {
      byRemote = new Map();
      this.#byLocal.set(local, byRemote);
    }
    const before = byRemote.size;
    byRemote.set(remote, value);
    this.#size += byRemote.size - before;
  }

  delete(local: FlowKey, remote: FlowKey): void {
    const byRemote = this.#byLocal.get(local);
    if (byRemote === undefined || !byRemote.delete(remote)) return;
    this.#size -= 1;
    if (byRemote.size === 0) this.#byLocal.delete(local);
  }

  /**
   * The values of the flows with this local port, for any addresses. Other flows are not visited.
   */
  *onLocalPort(port: number): IterableIterator<Value> {
    for (const [local, byRemote] of this.#byLocal) {
      if (portOf(local) === port) yield* byRemote.values();
    }
  }

  *[Symbol.iterator](): IterableIterator<Value> {
    for (const byRemote of this.#byLocal.values()) yield* byRemote.values();
  }
}
