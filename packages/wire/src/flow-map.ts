/** Flows as keys of a table: what such a key is, only this file knows. */
import { type IpAddress, ipv4Bits } from './address.ts';

declare const brand: unique symbol;

/**
 * One end of a flow, an address and a port, as a key. Opaque: made by {@link flowKey} alone. A flow
 * is the keys of its two ends; its protocol is the table's. (Today it is one number of 48 bits.)
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

/** Values by flow: equal pairs of keys, the local end first, name the same value. */
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

  /** Puts the value in, in the place of the one that is there. */
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
   * The values of the flows with this local port, whatever their addresses. It does not walk the
   * others.
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
