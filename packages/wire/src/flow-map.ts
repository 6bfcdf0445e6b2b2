/** Flows as keys of a table: what such a key is, only this file knows. */
import { type IpAddress, ipv4Bits } from './address.ts';

declare const brand: unique symbol;

/** Both ends of a flow, an address and a port each, as the key of a {@link FlowMap}. Opaque: made by {@link flowKey} alone. */
export interface FlowKey {
  readonly [brand]: 'FlowKey';
}

/** What a flow key is: each end as one number of 48 bits. */
interface Ends {
  readonly local: number;
  readonly remote: number;
}

/** The key of a flow. The protocol is the map's. */
export function flowKey(
  localAddress: IpAddress,
  localPort: number,
  remoteAddress: IpAddress,
  remotePort: number,
): FlowKey {
  const ends: Ends = {
    local: ipv4Bits(localAddress) * 65536 + localPort,
    remote: ipv4Bits(remoteAddress) * 65536 + remotePort,
  };
  return ends as unknown as FlowKey;
}

/** Values by flow: equal keys name the same value. */
export class FlowMap<Value> {
  /** By the local end, then by the remote one. */
  readonly #byLocal = new Map<number, Map<number, Value>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: FlowKey): Value | undefined {
    const { local, remote } = key as unknown as Ends;
    return this.#byLocal.get(local)?.get(remote);
  }

  /** Puts the value in, in the place of the one that is there. */
  set(key: FlowKey, value: Value): void {
    const { local, remote } = key as unknown as Ends;
    let byRemote = this.#byLocal.get(local);
    if (byRemote === undefined) {
      byRemote = new Map();
      this.#byLocal.set(local, byRemote);
    }
    const before = byRemote.size;
    byRemote.set(remote, value);
    this.#size += byRemote.size - before;
  }

  delete(key: FlowKey): void {
    const { local, remote } = key as unknown as Ends;
    const byRemote = this.#byLocal.get(local);
    if (byRemote === undefined || !byRemote.delete(remote)) return;
    this.#size -= 1;
    if (byRemote.size === 0) this.#byLocal.delete(local);
  }

  /** The values of the flows with this local port, whatever their addresses. It does not walk the others. */
  *onLocalPort(port: number): IterableIterator<Value> {
    for (const [local, byRemote] of this.#byLocal) {
      if (local % 65536 === port) yield* byRemote.values();
    }
  }

  *[Symbol.iterator](): IterableIterator<Value> {
    for (const byRemote of this.#byLocal.values()) yield* byRemote.values();
  }
}
