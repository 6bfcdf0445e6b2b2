import type { NetworkErrorIndication, NetworkSegmentIndication } from '@strata/network';
import { formatIpv4, isMulticastIpv4 } from '@strata/wire';
import type { TransportContext } from '../context.ts';
import { dropUdp, tookUdp } from '../outcomes.ts';
import type { TransportIndication, TransportRequest } from '../pdu.ts';
import { firstFreePort } from '../ports.ts';
import type { CloseReason, SocketId, TcpSocketOptions } from '../tcp/state/socket.ts';
import { UdpInput } from './udp-input.ts';
import { type DatagramRequest, sendDatagram } from './udp-output.ts';
import { clampReceiveBuffer, type UdpSocketInfo, type UdpSocketState } from './udp-socket.ts';
import { UdpTable } from './udp-table.ts';

/** What the application may ask of a UDP socket. */
export type UdpRequest = Extract<
  TransportRequest,
  { kind: 'bind' | 'datagram' | 'credit' | 'close' | 'abort' | 'set-options' }
>;

type BindRequest = Extract<TransportRequest, { kind: 'bind' }>;

/** All the state of UDP: plain data, the version first. */
export interface UdpSnapshot {
  readonly version: 1;
  readonly sockets: readonly UdpSocketState[];
}

/**
 * UDP (RFC 768, RFC 1122 4.1). It has no timers. The core calls `handleSegment` and `handleError` for protocol 17, and `handleRequest`
 * for every `bind` and for requests whose socket it `owns`. What comes of it goes out by the context.
 */
export class UdpLayer {
  readonly #context: TransportContext;
  readonly #table = new UdpTable();
  readonly #input: UdpInput;

  /** `snapshot`: the state to go on from; its queues become the layer's. */
  constructor(context: TransportContext, snapshot?: UdpSnapshot) {
    this.#context = context;
    this.#input = new UdpInput(context, this.#table);
    for (const state of snapshot?.sockets ?? []) {
      this.#table.add({ ...state, queue: [...state.queue] });
    }
  }

  /** The sockets, for who carries them to another stack. */
  get table(): UdpTable {
    return this.#table;
  }

  /** Whether the id names a UDP socket. */
  owns(socket: SocketId): boolean {
    return this.#table.get(socket) !== undefined;
  }

  /** The sockets, for people; with an id that one alone. */
  sockets(socket?: SocketId): UdpSocketInfo[] {
    const one = socket === undefined ? undefined : this.#table.get(socket);
    const states = socket === undefined ? this.#table.all() : one === undefined ? [] : [one];
    return Array.from(
      states,
      ({ socket, endpoint, local, queuedOctets, drops }): UdpSocketInfo => ({
        socket,
        endpoint,
        local,
        queuedOctets,
        drops,
      }),
    );
  }

  /** The whole state, as of now. The data of waiting datagrams is shared with the layer. */
  snapshot(): UdpSnapshot {
    return {
      version: 1,
      sockets: Array.from(this.#table.all(), (state) => ({ ...state, queue: [...state.queue] })),
    };
  }

  /** Takes a datagram; its bytes are the layer's from here on. */
  handleSegment(indication: NetworkSegmentIndication, _nowMs: number): void {
    this.#input.handleSegment(indication);
  }

  /** Takes an ICMP error about a datagram that was sent. */
  handleError(indication: NetworkErrorIndication): void {
    this.#input.handleError(indication);
  }

  /** Does what the application asks. Requests about a socket that is gone are passed over: they crossed its `closed`. */
  handleRequest(request: UdpRequest): void {
    if (request.kind === 'bind') {
      this.#bind(request);
      return;
    }
    const state = this.#table.get(request.socket);
    if (state === undefined) dropUdp(this.#context, 'SOCKET_CLOSE');
    else this.#handle(state, request);
  }

  /** All ports are closed, since the stack goes down. */
  shutDown(): void {
    for (const state of [...this.#table.all()]) this.#close(state, 'shut down');
  }

  #handle(state: UdpSocketState, request: Exclude<UdpRequest, BindRequest>): void {
    switch (request.kind) {
      case 'datagram':
        sendDatagram(this.#context, state, request satisfies DatagramRequest);
        return;
      case 'credit':
        state.creditOctets = Math.max(state.creditOctets, request.limitOctets);
        this.#input.drain(state);
        break;
      case 'set-options':
        setOptions(state, request.options);
        break;
      case 'close':
        this.#close(state, 'finished');
        break;
      case 'abort':
        this.#close(state, 'aborted');
        break;
    }
    tookUdp(this.#context);
  }

  #bind(request: BindRequest): void {
    const known = this.#table.get(request.socket);
    if (known !== undefined) {
      dropUdp(this.#context, 'strata/ALREADY_DONE');
      // The bus may bring a request twice: the answer is the same.
      this.#context.indicate(boundIndication(known));
      return;
    }
    const refusal = this.#checkBind(request);
    const port = refusal === undefined ? this.#choosePort(request) : undefined;
    if (refusal !== undefined || port === undefined) {
      const [reason, detail] = refusal ?? (['no ports', 'all ports are in use'] as const);
      const { socket, endpoint, trace } = request;
      dropUdp(this.#context, 'strata/REFUSED');
      this.#context.indicate({ kind: 'closed', socket, endpoint, trace, reason, detail });
      return;
    }
    const state = createState(request, port, this.#context.sysctl.rmem_default);
    this.#table.add(state);
    tookUdp(this.#context);
    this.#context.indicate({ ...boundIndication(state), trace: request.trace });
  }

  #checkBind(request: BindRequest): readonly [CloseReason, string] | undefined {
    const { address, port } = request.local;
    if (!(Number.isInteger(port) && port >= 0 && port <= 65535)) {
      return ['invalid', `port ${port}; 0 to 65,535`];
    }
    const { addresses } = this.#context;
    const mayBind =
      address === 0 ||
      addresses.owns(address) ||
      addresses.isBroadcast(address) ||
      isMulticastIpv4(address);
    if (!mayBind) {
      return ['address not available', `${formatIpv4(address)} is no address of the stack`];
    }
    if (port !== 0 && this.#table.conflicts(request.local, request.reuseAddress ?? false)) {
      return ['address in use', `${formatIpv4(address)}:${port} is bound already`];
    }
    return undefined;
  }

  /** The port asked for; for 0 a free one from a random place on, since who talks to anybody must not be guessable (RFC 6056 3.3.1). */
  #choosePort(request: BindRequest): number | undefined {
    const { address, port } = request.local;
    if (port !== 0) return port;
    const range = this.#context.sysctl.ip_local_port_range;
    const start = Math.floor(this.#context.random() * (range[1] - range[0] + 1));
    return firstFreePort(
      range,
      start,
      (candidate) => !this.#table.conflicts({ address, port: candidate }, false),
    );
  }

  #close(state: UdpSocketState, reason: CloseReason): void {
    this.#table.remove(state);
    const { socket, endpoint } = state;
    this.#context.indicate({ kind: 'closed', socket, endpoint, reason, detail: '' });
  }
}

function createState(request: BindRequest, port: number, defaultOctets: number): UdpSocketState {
  return {
    socket: request.socket,
    endpoint: request.endpoint,
    local: { address: request.local.address, port },
    reuseAddress: request.reuseAddress ?? false,
    broadcast: request.broadcast ?? false,
    receiveBufferOctets: clampReceiveBuffer(request.receiveBufferOctets ?? defaultOctets),
    ttl: undefined,
    tos: 0,
    creditOctets: request.creditOctets,
    deliveredOctets: 0,
    queuedOctets: 0,
    drops: 0,
    queue: [],
  };
}

function boundIndication(state: UdpSocketState): Extract<TransportIndication, { kind: 'bound' }> {
  const { socket, endpoint, local } = state;
  return { kind: 'bound', socket, endpoint, local };
}

/** The options that mean something to UDP; the others are TCP's. */
function setOptions(state: UdpSocketState, options: TcpSocketOptions): void {
  if (options.ttl !== undefined && options.ttl >= 1 && options.ttl <= 255) state.ttl = options.ttl;
  if (options.tos !== undefined) state.tos = options.tos & 0xfc;
  if (options.receiveBufferOctets !== undefined) {
    state.receiveBufferOctets = clampReceiveBuffer(options.receiveBufferOctets);
  }
}
