import type { SessionPdu } from '@strata/contract';
import type { NetworkIndication, NetworkRequest } from '@strata/network';
import { type Machine, Sessions, TRANSPORT_RULES } from '@strata/runtime';
import type {
  SocketId,
  SocketInfo,
  TransportCore,
  TransportIndication,
  TransportRequest,
} from '@strata/transport';
import { Fifo } from '@strata/wire';

/** Where a machine's outputs go. */
export interface TransportOutputs {
  toNetwork(requests: NetworkRequest[]): void;
  toApplication(pdus: SessionPdu<TransportIndication>[]): void;
}

/** A request that the core refused because another socket has the address. */
export interface Refusal {
  readonly request: OpenRequest;
  readonly indication: TransportIndication;
}

type OpenRequest = Extract<TransportRequest, { kind: 'listen' | 'bind' }>;

/** All requests of the core for network, in order. */
export function takeNetworkRequests(core: TransportCore): NetworkRequest[] {
  const requests: NetworkRequest[] = [];
  for (let it = core.pollNetworkRequest(); it !== undefined; it = core.pollNetworkRequest()) {
    requests.push(it);
  }
  return requests;
}

/** Whether the socket holds an address that others can send to. */
function isNamed({ state }: SocketInfo): boolean {
  return state === 'LISTEN' || state === 'UNCONN';
}

/**
 * What the transport service runs: a transport core with what stands between it and its
 * applications.
 */
export interface BoundaryMachine extends Machine {
  handleIndication(indication: NetworkIndication, nowMs: number): void;
  handleSession(pdu: SessionPdu<TransportRequest>, nowMs: number): void;
  flush(nowMs: number, outputs: TransportOutputs): void;
}

/**
 * The transport core and its applications' sessions as one machine with one deadline, for a bus
 * that may lose messages.
 */
export class TransportMachine implements BoundaryMachine {
  readonly core: TransportCore;
  readonly sessions: Sessions<TransportIndication, TransportRequest>;
  /** `listen` and `bind` requests that the core got since the last flush. */
  readonly #asked = new Map<SocketId, OpenRequest>();
  /**
   * Further requests for sockets that wait: of those in `#asked`, and of refused ones until
   * `decide()`.
   */
  readonly #later = new Map<SocketId, TransportRequest[]>();
  readonly #refusals = new Fifo<Refusal>();

  constructor(core: TransportCore) {
    this.core = core;
    this.sessions = new Sessions({ rules: TRANSPORT_RULES });
  }

  handleIndication(indication: NetworkIndication, nowMs: number): void {
    this.core.handleIndication(indication, nowMs);
  }

  handleSession(pdu: SessionPdu<TransportRequest>, nowMs: number): void {
    this.sessions.handle(pdu, nowMs);
    this.#takeRequests(nowMs);
  }

  handleTimeout(nowMs: number): void {
    this.core.handleTimeout(nowMs);
    this.sessions.handleTimeout(nowMs);
  }

  nextDeadlineMs(): number {
    return Math.min(this.core.nextDeadlineMs(), this.sessions.nextDeadlineMs());
  }

  isBusy(): boolean {
    return this.core.isBusy();
  }

  /** Passes on all outputs. */
  flush(nowMs: number, outputs: TransportOutputs): void {
    this.#takeRequests(nowMs);
    this.#takeLost(nowMs);
    do this.#takeIndications(nowMs);
    while (this.#goOn(nowMs));
    const requests = takeNetworkRequests(this.core);
    const pdus: SessionPdu<TransportIndication>[] = [];
    for (let it = this.sessions.pollPdu(); it !== undefined; it = this.sessions.pollPdu()) {
      pdus.push(it);
    }
    if (requests.length > 0) outputs.toNetwork(requests);
    if (pdus.length > 0) outputs.toApplication(pdus);
  }

  #takeIndications(nowMs: number): void {
    for (let it = this.core.pollIndication(); it !== undefined; it = this.core.pollIndication()) {
      if (!this.#holdBack(it)) this.sessions.send(it.endpoint, it.socket, it, nowMs);
    }
  }

  /**
   * Handles the further requests of sockets that were not refused. Returns whether there were any
   * such sockets.
   */
  #goOn(nowMs: number): boolean {
    const asked = [...this.#asked.keys()];
    this.#asked.clear();
    for (const socket of asked) {
      const later = this.#later.get(socket) ?? [];
      this.#later.delete(socket);
      for (const request of later) this.core.handleRequest(request, nowMs);
    }
    return asked.length > 0;
  }

  #takeRequests(nowMs: number): void {
    for (
      let delivery = this.sessions.pollDelivery();
      delivery !== undefined;
      delivery = this.sessions.pollDelivery()
    ) {
      this.#request(delivery.body, nowMs);
    }
  }

  #request(request: TransportRequest, nowMs: number): void {
    const later = this.#later.get(request.socket);
    if (later !== undefined) {
      later.push(request);
      return;
    }
    if (request.kind === 'listen' || request.kind === 'bind') {
      this.#asked.set(request.socket, request);
      this.#later.set(request.socket, []);
    }
    this.core.handleRequest(request, nowMs);
  }

  /** Whether the refusal waits: the holder of the address may be gone. */
  #holdBack(indication: TransportIndication): boolean {
    if (indication.kind !== 'closed' || indication.reason !== 'address in use') return false;
    const request = this.#asked.get(indication.socket);
    if (request === undefined) return false;
    this.#asked.delete(indication.socket);
    this.#refusals.push({ request, indication });
    return true;
  }

  /** A refusal for which to call `decide`. Undefined: no more. */
  pollRefusal(): Refusal | undefined {
    return this.#refusals.shift();
  }

  /** Tries the request once more, if the address may be free now, or passes on the refusal. */
  decide({ request, indication }: Refusal, mayRetry: boolean, nowMs: number): void {
    const later = this.#later.get(request.socket) ?? [];
    this.#later.delete(request.socket);
    if (!mayRetry) return this.sessions.send(request.endpoint, request.socket, indication, nowMs);
    // A second refusal is final.
    for (const one of [request, ...later]) this.core.handleRequest(one, nowMs);
  }

  /** Other endpoints that have a socket on the request's port. */
  holdersOf({ kind, local, endpoint }: OpenRequest): Set<string> {
    const protocol = kind === 'bind' ? 'udp' : 'tcp';
    const holders = this.core
      .sockets()
      .filter((socket) => isNamed(socket) && socket.protocol === protocol)
      .filter((socket) => socket.local.port === local.port && socket.endpoint !== endpoint);
    return new Set(holders.map((socket) => socket.endpoint));
  }

  /**
   * Closes the listeners and UDP ports of an application instance that is gone. `all`: resets its
   * connections too.
   */
  release(endpoint: string, what: 'names' | 'all', nowMs: number): void {
    const names = this.core
      .sockets()
      .filter((socket) => socket.endpoint === endpoint && isNamed(socket))
      .map(({ socket }) => socket);
    const ids = new Set(names);
    this.sessions.giveUp(endpoint, (socket) => what === 'all' || ids.has(socket));
    this.#takeLost(nowMs);
  }

  /** Closes sockets of an application that is gone: connections are reset. */
  #takeLost(nowMs: number): void {
    for (let lost = this.sessions.pollLost(); lost !== undefined; lost = this.sessions.pollLost()) {
      this.#request({ kind: 'abort', socket: lost.socket }, nowMs);
    }
  }
}
