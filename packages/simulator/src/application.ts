import type {
  SocketAddress,
  SocketId,
  TcpSocketOptions,
  TransportIndication,
  TransportRequest,
} from '@strata/transport';
import { UNSPECIFIED_IPV4 } from '@strata/wire';
import { StreamEnd, StreamError, type StreamPlan, windowOf } from './stream-end.ts';

/** A passive OPEN, and the plan of each accepted connection. */
export interface ListenPlan {
  readonly local: SocketAddress;
  /** Default 128. */
  readonly backlog?: number | undefined;
  readonly options?: TcpSocketOptions | undefined;
  /** Pause between the offer of a connection and its `accept`. Default 0. */
  readonly acceptAfterMs?: number | undefined;
  /** The plan of the n-th connection, from 0. */
  readonly stream: (index: number) => StreamPlan;
}

/** An active OPEN. */
export interface ConnectPlan {
  readonly remote: SocketAddress;
  /** Default: chosen by the stack. */
  readonly local?: SocketAddress | undefined;
  readonly options?: TcpSocketOptions | undefined;
  /** Default 0. */
  readonly atMs?: number | undefined;
  readonly stream: StreamPlan;
}

export interface ApplicationPlan {
  readonly listen?: readonly ListenPlan[] | undefined;
  readonly connect?: readonly ConnectPlan[] | undefined;
}

// Globals are slow to reach under Jest, which matters in what runs for every packet.
const { min } = Math;
const NEVER = Infinity;

interface Due {
  readonly atMs: number;
  readonly run: (nowMs: number) => void;
}

const ANY: SocketAddress = { address: UNSPECIFIED_IPV4, port: 0 };
/** The low six bits of a socket's id are its shard. */
const SOCKET_STEP = 64;

/**
 * A program on one of the stacks. It opens the sockets of its plan, and runs each connection by its
 * {@link StreamPlan}.
 */
export class SimulatedApplication {
  readonly #name: string;
  readonly #requests: TransportRequest[] = [];
  readonly #listeners = new Map<SocketId, ListenPlan>();
  readonly #connecting = new Map<SocketId, ConnectPlan>();
  readonly #streams = new Map<SocketId, StreamEnd>();
  readonly #due: Due[] = [];
  readonly #closedEarly: string[] = [];
  #nextSocket = SOCKET_STEP;
  #accepted = 0;

  constructor(name: string, plan: ApplicationPlan) {
    this.#name = name;
    for (const listen of plan.listen ?? []) this.#listen(listen);
    for (const connect of plan.connect ?? []) {
      this.#due.push({ atMs: connect.atMs ?? 0, run: () => this.#connect(connect) });
    }
  }

  /** The connections so far, in the order in which they opened. */
  get streams(): readonly StreamEnd[] {
    return [...this.#streams.values()];
  }

  /** The close reasons of sockets that never became a connection: listeners and failed connects. */
  get closedEarly(): readonly string[] {
    return this.#closedEarly;
  }

  /** Number of connections that are requested but not open yet. */
  get connecting(): number {
    return this.#connecting.size;
  }

  pollRequest(): TransportRequest | undefined {
    return this.#requests.shift();
  }

  /** Makes the application send a request that is not in its plan. */
  request(request: TransportRequest): void {
    this.#requests.push(request);
  }

  nextDeadlineMs(): number {
    let next = NEVER;
    for (const due of this.#due) next = min(next, due.atMs);
    for (const stream of this.#streams.values()) next = min(next, stream.nextDeadlineMs());
    return next;
  }

  handleTimeout(nowMs: number): void {
    for (const due of this.#due.filter((candidate) => candidate.atMs <= nowMs)) {
      this.#due.splice(this.#due.indexOf(due), 1);
      due.run(nowMs);
    }
    for (const stream of this.#streams.values()) {
      if (stream.nextDeadlineMs() <= nowMs) stream.handleTimeout(nowMs);
    }
  }

  handleIndication(indication: TransportIndication, nowMs: number): void {
    const stream = this.#streams.get(indication.socket);
    if (stream !== undefined) {
      stream.handleIndication(indication, nowMs);
      return;
    }
    switch (indication.kind) {
      case 'listening':
      case 'error':
        break;
      case 'offer':
        this.#offered(indication, nowMs);
        break;
      case 'connected':
        this.#connected(indication, nowMs);
        break;
      case 'closed':
        this.#connecting.delete(indication.socket);
        this.#closedEarly.push(indication.reason);
        break;
      default:
        throw new StreamError(
          `${this.#name}: ${indication.kind} for unknown socket ${indication.socket}`,
        );
    }
  }

  #listen(plan: ListenPlan): void {
    const socket = this.#newSocket();
    this.#listeners.set(socket, plan);
    const { local, backlog = 128, options = {} } = plan;
    this.#requests.push({ kind: 'listen', socket, endpoint: this.#name, local, backlog, options });
  }

  #connect(plan: ConnectPlan): void {
    const socket = this.#newSocket();
    this.#connecting.set(socket, plan);
    const { local = ANY, remote, options = {} } = plan;
    const creditOctets = windowOf(plan.stream);
    const endpoint = this.#name;
    this.#requests.push({
      kind: 'connect',
      socket,
      endpoint,
      local,
      remote,
      options,
      creditOctets,
    });
  }

  #connected(indication: Extract<TransportIndication, { kind: 'connected' }>, nowMs: number): void {
    const plan = this.#connecting.get(indication.socket);
    if (plan === undefined) throw new StreamError(`${this.#name}: connected out of nowhere`);
    this.#connecting.delete(indication.socket);
    this.#start(indication.socket, plan.stream, indication.sendCreditOctets, nowMs);
  }

  #offered(indication: Extract<TransportIndication, { kind: 'offer' }>, nowMs: number): void {
    const listen = this.#listeners.get(indication.listener);
    if (listen === undefined) throw new StreamError(`${this.#name}: an offer without a listener`);
    const { acceptAfterMs = 0 } = listen;
    const plan = listen.stream(this.#accepted);
    this.#accepted += 1;
    const accept = (atMs: number) => this.#accept(indication, plan, atMs);
    if (acceptAfterMs === 0) accept(nowMs);
    else this.#due.push({ atMs: nowMs + acceptAfterMs, run: accept });
  }

  #accept(
    { socket, sendCreditOctets }: Extract<TransportIndication, { kind: 'offer' }>,
    plan: StreamPlan,
    nowMs: number,
  ): void {
    const creditOctets = windowOf(plan);
    this.#requests.push({ kind: 'accept', socket, endpoint: this.#name, creditOctets });
    this.#start(socket, plan, sendCreditOctets, nowMs);
  }

  #start(socket: SocketId, plan: StreamPlan, sendCreditOctets: number, nowMs: number): void {
    const request = (wanted: TransportRequest) => void this.#requests.push(wanted);
    const stream = new StreamEnd(this.#name, socket, plan, sendCreditOctets, nowMs, request);
    this.#streams.set(socket, stream);
  }

  #newSocket(): SocketId {
    this.#nextSocket += SOCKET_STEP;
    return this.#nextSocket;
  }
}
