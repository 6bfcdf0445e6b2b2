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

/** What a machine gives out. */
export interface TransportOutputs {
  toNetwork(requests: NetworkRequest[]): void;
  toApplication(pdus: SessionPdu<TransportIndication>[]): void;
}

/** A request for an address that the core has refused since another socket has it. */
export interface Refusal {
  readonly request: OpenRequest;
  readonly indication: TransportIndication;
}

type OpenRequest = Extract<TransportRequest, { kind: 'listen' | 'bind' }>;

/** All that the core has for network, in order. */
export function takeNetworkRequests(core: TransportCore): NetworkRequest[] {
  const requests: NetworkRequest[] = [];
  for (let it = core.pollNetworkRequest(); it !== undefined; it = core.pollNetworkRequest()) {
    requests.push(it);
  }
  return requests;
}

/** Whether the socket holds an address for others to come to. */
function isNamed({ state }: SocketInfo): boolean {
  return state === 'LISTEN' || state === 'UNCONN';
}

/**
 * What the transport service drives: a transport core, and what stands between it and its
 * applications.
 */
export interface BoundaryMachine extends Machine {
  handleIndication(indication: NetworkIndication, nowMs: number): void;
  handleSession(pdu: SessionPdu<TransportRequest>, nowMs: number): void;
  flush(nowMs: number, outputs: TransportOutputs): void;
}

/**
 * The transport core with the sessions of its applications, as one machine with one deadline: for a
 * bus that may lose what is published.
 */
export class TransportMachine implements BoundaryMachine {
  readonly core: TransportCore;
  readonly sessions: Sessions<TransportIndication, TransportRequest>;
  /**
   * Requests to listen and to bind that the core has got since the last flush, and what was asked
   * of the sockets behind them.
   */
  readonly #asked = new Map<SocketId, OpenRequest>();
  /** What was asked of sockets of these, and of those whose refusal waits for a decision. */
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

  /** Gives out all that is due. */
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

  /** Goes on with the sockets that were not refused. Returns whether there were any. */
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

  /** A refusal waits where the holder of the address may be gone. */
  #holdBack(indication: TransportIndication): boolean {
    if (indication.kind !== 'closed' || indication.reason !== 'address in use') return false;
    const request = this.#asked.get(indication.socket);
    if (request === undefined) return false;
    this.#asked.delete(indication.socket);
    this.#refusals.push({ request, indication });
    return true;
  }

  /** A refusal that `decide` has to be told of; undefined: no more. */
  pollRefusal(): Refusal | undefined {
    return this.#refusals.shift();
  }

  /** Whether the socket is tried for once more, the address being free now perhaps, or refused. */
  decide({ request, indication }: Refusal, mayRetry: boolean, nowMs: number): void {
    const later = this.#later.get(request.socket) ?? [];
    this.#later.delete(request.socket);
    if (!mayRetry) return this.sessions.send(request.endpoint, request.socket, indication, nowMs);
    // A second refusal stands.
    for (const one of [request, ...later]) this.core.handleRequest(one, nowMs);
  }

  /** Endpoints other than that of the request that have a socket on its port. */
  holdersOf({ kind, local, endpoint }: OpenRequest): Set<string> {
    const protocol = kind === 'bind' ? 'udp' : 'tcp';
    const holders = this.core
      .sockets()
      .filter((socket) => isNamed(socket) && socket.protocol === protocol)
      .filter((socket) => socket.local.port === local.port && socket.endpoint !== endpoint);
    return new Set(holders.map((socket) => socket.endpoint));
  }

  /**
   * The application instance is gone: its listeners and UDP ports are closed, or with `all` its
   * connections reset too.
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

  /** Sockets of an application that is gone: connections are reset, listeners and ports closed. */
  #takeLost(nowMs: number): void {
    for (let lost = this.sessions.pollLost(); lost !== undefined; lost = this.sessions.pollLost()) {
      this.#request({ kind: 'abort', socket: lost.socket }, nowMs);
    }
  }
}
