/** The flows that a router translates, by the tuples of both directions. */
import { type FlowKey, FlowMap, flowKey } from '@strata/wire';
import type { Tuple } from './tuple.ts';

/** What both sides of a TCP connection have sent. */
export interface TcpFlags {
  fin: boolean;
  rst: boolean;
  /** The side has answered: the connection is there. */
  ack: boolean;
}

/** A translated flow, as Linux's nf_conn. */
export interface NatFlow {
  /** As its first packet came in. */
  readonly original: Tuple;
  /** As answers to the translated packet come in. */
  reply: Tuple;
  expiresAtMs: number;
  hasReply: boolean;
  /** TCP only, by direction: original, reply. */
  readonly tcp: readonly [TcpFlags, TcpFlags] | undefined;
}

/** A packet's flow, and its direction in it. */
export interface FlowMatch {
  readonly flow: NatFlow;
  readonly isReply: boolean;
}

const keysOf = ({ source, destination }: Tuple): [FlowKey, FlowKey] => [
  flowKey(source.address, source.port),
  flowKey(destination.address, destination.port),
];

export class FlowTable {
  readonly #byTuple = new Map<number, FlowMap<FlowMatch>>();
  readonly #flows = new Set<NatFlow>();

  get size(): number {
    return this.#flows.size;
  }

  [Symbol.iterator](): IterableIterator<NatFlow> {
    return this.#flows.values();
  }

  /** The flow of a packet with this tuple; undefined: none, or it has expired. */
  find(tuple: Tuple, nowMs: number): FlowMatch | undefined {
    const match = this.#byTuple.get(tuple.protocol)?.get(...keysOf(tuple));
    if (match === undefined || match.flow.expiresAtMs > nowMs) return match;
    this.remove(match.flow);
    return undefined;
  }

  /** Whether a flow has the tuple, also one that has expired. */
  has(tuple: Tuple): boolean {
    return this.#byTuple.get(tuple.protocol)?.get(...keysOf(tuple)) !== undefined;
  }

  /** Both tuples must be free. */
  add(flow: NatFlow): void {
    this.#flows.add(flow);
    this.#of(flow.original.protocol).set(...keysOf(flow.original), { flow, isReply: false });
    this.#of(flow.reply.protocol).set(...keysOf(flow.reply), { flow, isReply: true });
  }

  remove(flow: NatFlow): void {
    this.#flows.delete(flow);
    this.#of(flow.original.protocol).delete(...keysOf(flow.original));
    this.#of(flow.reply.protocol).delete(...keysOf(flow.reply));
  }

  #of(protocol: number): FlowMap<FlowMatch> {
    let flows = this.#byTuple.get(protocol);
    if (flows === undefined) {
      flows = new FlowMap();
      this.#byTuple.set(protocol, flows);
    }
    return flows;
  }
}
