import { type NetworkSegmentIndication, wholeRequest } from '@strata/network';
import { TransportCore, type TransportIndication, type TransportRequest } from '@strata/transport';
import { type IpAddress, ipv4Address } from '@strata/wire';
import type { TransportPort } from '../src/port/transport-port.ts';

interface Node {
  readonly address: IpAddress;
  readonly core: TransportCore;
  readonly requests: TransportRequest[];
  handler: (indication: TransportIndication) => void;
}

/** Most octets of a packet on the direct link. */
const MTU = 1500;

/**
 * Two transport cores, 192.0.2.2 and 192.0.2.3, whose segments go directly to each other. One turn
 * of the event loop handles all waiting segments. If none waits, it advances the time to the next
 * timer.
 */
export class LinkedCores {
  readonly #nodes: readonly Node[];
  readonly #wire: { to: Node; indication: NetworkSegmentIndication }[] = [];
  #nowMs = 0;
  #scheduled = false;
  #closed = false;

  constructor() {
    this.#nodes = [createNode(ipv4Address(0xc0000202), 1), createNode(ipv4Address(0xc0000203), 2)];
  }

  /** The way to the core of 192.0.2.2 (0) or 192.0.2.3 (1). */
  port(index: 0 | 1): TransportPort {
    const node = this.#nodes[index]!;
    return {
      maxPduOctets: 65536,
      send: (requests) => {
        node.requests.push(...requests);
        this.#schedule();
      },
      onIndications: (handler) => {
        node.handler = (indication) => handler([indication]);
      },
      close: async () => {
        this.#closed = true;
      },
    };
  }

  #schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#turn();
    });
  }

  #turn(): void {
    this.#nowMs += 0.01;
    for (const node of this.#nodes) {
      for (const request of node.requests.splice(0)) node.core.handleRequest(request, this.#nowMs);
    }
    for (const { to, indication } of this.#wire.splice(0)) {
      to.core.handleIndication(indication, this.#nowMs);
    }
    for (const node of this.#nodes) this.#poll(node);
    if (this.#isIdle() && !this.#wait()) return;
    this.#schedule();
  }

  #isIdle(): boolean {
    return this.#wire.length === 0 && this.#nodes.every((node) => node.requests.length === 0);
  }

  /**
   * Advances to the next deadline if it belongs to a retransmission or an ACK, not to TIME-WAIT.
   */
  #wait(): boolean {
    const deadlineMs = Math.min(...this.#nodes.map((node) => node.core.nextDeadlineMs()));
    if (deadlineMs > this.#nowMs + 1000) return false;
    this.#nowMs = Math.max(this.#nowMs, deadlineMs);
    for (const node of this.#nodes) node.core.handleTimeout(this.#nowMs);
    for (const node of this.#nodes) this.#poll(node);
    return true;
  }

  #poll(node: Node): void {
    for (;;) {
      const polled = node.core.pollNetworkRequest();
      if (polled === undefined) break;
      const request = wholeRequest(polled);
      const to = this.#nodes.find(
        ({ address }) => request.kind === 'send' && address === request.destination,
      );
      if (request.kind !== 'send' || to === undefined) continue;
      this.#wire.push({
        to,
        indication: {
          kind: 'segment',
          source: request.source,
          destination: request.destination,
          protocol: request.protocol,
          ttl: 64,
          tos: request.tos,
          interfaceIndex: 1,
          cast: 'unicast',
          segment: request.segment,
          segmentSize: request.segmentSize,
          checksum: request.checksum === 'partial' ? 'verified' : request.checksum,
          trace: undefined,
        },
      });
    }
    for (;;) {
      const indication = node.core.pollIndication();
      if (indication === undefined) break;
      node.handler(indication);
    }
  }
}

function createNode(address: IpAddress, seed: number): Node {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const core = new TransportCore(
    {
      addresses: [{ address, prefixLength: 24, mtuOctets: MTU }],
      secret: new Uint8Array(16).fill(seed),
    },
    random,
  );
  return { address, core, requests: [], handler: () => {} };
}
