import type {
  CloseReason,
  SocketAddress,
  SocketEntry,
  SocketId,
  TransportIndication,
  TransportRequest,
} from '@strata/transport';
import { ipv4Address } from '@strata/wire';
import type { TransportPort } from '../src/port/transport-port.ts';

/** Most octets that the fake transport holds before it delivers them. */
const SEND_BUFFER_OCTETS = 40000;

interface Connection {
  readonly id: SocketId;
  endpoint: string;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  peer: Connection | undefined;
  /** Towards the application. */
  readonly queue: Uint8Array[];
  creditOctets: number;
  deliveredOctets: number;
  receivedOctets: number;
  isEnded: boolean;
  isEndTold: boolean;
  accepted: boolean;
}

/**
 * A transport without a network. It connects the sockets of its ports with each other, with credits
 * in both directions, and answers like the real transport. Indications come in a later microtask,
 * never inside send().
 */
export class FakeTransport {
  /** All requests, in order. */
  readonly requests: TransportRequest[] = [];
  /** By port number: the reason with which a connect is refused. */
  readonly refusals = new Map<number, CloseReason>();
  /** Whether it answers `get-info`. */
  tellsInfo = true;
  readonly #handlers = new Map<string, (indication: TransportIndication) => void>();
  readonly #listeners = new Map<number, { id: SocketId; endpoint: string; local: SocketAddress }>();
  readonly #connections = new Map<SocketId, Connection>();
  readonly #datagramPorts = new Map<SocketId, { endpoint: string; local: SocketAddress }>();
  #nextId = 2 ** 50;
  #nextPort = 40000;

  port(endpoint: string, maxPduOctets = 16384): TransportPort {
    return {
      maxPduOctets,
      send: (requests) => {
        for (const request of requests) {
          this.requests.push(request);
          queueMicrotask(() => this.#handle(request));
        }
      },
      onIndications: (handler) => this.#handlers.set(endpoint, (it) => handler([it])),
      close: async () => {
        this.#handlers.delete(endpoint);
      },
    };
  }

  /** Ends a connection as the network would. */
  breakConnection(id: SocketId, reason: CloseReason): void {
    this.#drop(this.#connections.get(id), reason);
  }

  /** Delivers `indication` unchanged. */
  indicate(indication: TransportIndication): void {
    this.#handlers.get(indication.endpoint)?.(indication);
  }

  #handle(request: TransportRequest): void {
    const connection = this.#connections.get(request.socket);
    switch (request.kind) {
      case 'listen':
        this.#listen(request);
        break;
      case 'connect':
        this.#connect(request);
        break;
      case 'accept':
        if (connection === undefined) return;
        connection.accepted = true;
        connection.endpoint = request.endpoint;
        connection.creditOctets = request.creditOctets;
        this.#deliver(connection);
        break;
      case 'send':
        this.#send(connection, request);
        break;
      case 'credit':
        if (connection === undefined) return;
        connection.creditOctets = request.limitOctets;
        this.#deliver(connection);
        break;
      case 'shutdown':
        if (connection?.peer === undefined) return;
        connection.peer.isEnded = true;
        this.#deliver(connection.peer);
        break;
      case 'close':
        this.#close(request.socket, connection);
        break;
      case 'abort':
        if (connection === undefined) return;
        this.#drop(connection.peer, 'reset');
        this.#drop(connection, 'aborted');
        break;
      case 'bind':
        this.#bind(request);
        break;
      case 'datagram':
        this.#datagram(request);
        break;
      case 'set-options':
        break;
      case 'get-info':
        if (connection !== undefined && this.tellsInfo) this.#tellInfo(connection);
        break;
    }
  }

  #tellInfo({ id: socket, endpoint, local, remote, receivedOctets }: Connection): void {
    const entry: SocketEntry = {
      socket,
      protocol: 6,
      state: 'ESTABLISHED',
      local,
      remote,
      receiveQueue: receivedOctets,
      sendQueue: 0,
      endpoint,
      tcp: undefined,
      timers: [],
    };
    this.indicate({ kind: 'info', socket, endpoint, entry });
  }

  #listen(request: TransportRequest & { kind: 'listen' }): void {
    const { socket, endpoint } = request;
    const port = request.local.port || this.#nextPort++;
    const local = { address: request.local.address, port };
    if (this.#listeners.has(port)) {
      this.indicate({ kind: 'closed', socket, endpoint, reason: 'address in use', detail: '' });
      return;
    }
    this.#listeners.set(port, { id: socket, endpoint, local });
    this.indicate({ kind: 'listening', socket, endpoint, local });
  }

  #connect(request: TransportRequest & { kind: 'connect' }): void {
    const { socket, endpoint, remote } = request;
    const listener = this.#listeners.get(remote.port);
    const refusal = this.refusals.get(remote.port) ?? (listener ? undefined : 'refused');
    if (refusal !== undefined || listener === undefined) {
      const reason = refusal ?? 'refused';
      this.indicate({ kind: 'closed', socket, endpoint, reason, detail: '' });
      return;
    }
    const local = {
      address: ipv4Address(0xc0000203),
      port: request.local.port || this.#nextPort++,
    };
    const client = this.#newConnection(socket, endpoint, local, remote, request.creditOctets);
    const server = this.#newConnection(this.#nextId++, listener.endpoint, remote, local, 0);
    client.accepted = true;
    client.peer = server;
    server.peer = client;
    const sendCreditOctets = SEND_BUFFER_OCTETS;
    this.indicate({ kind: 'connected', socket, endpoint, local, remote, sendCreditOctets });
    this.indicate({
      kind: 'offer',
      socket: server.id,
      endpoint: listener.endpoint,
      listener: listener.id,
      local: server.local,
      remote: server.remote,
      sendCreditOctets,
    });
  }

  #newConnection(
    id: SocketId,
    endpoint: string,
    local: SocketAddress,
    remote: SocketAddress,
    creditOctets: number,
  ): Connection {
    const connection: Connection = {
      id,
      endpoint,
      local,
      remote,
      peer: undefined,
      queue: [],
      creditOctets,
      deliveredOctets: 0,
      receivedOctets: 0,
      isEnded: false,
      isEndTold: false,
      accepted: false,
    };
    this.#connections.set(id, connection);
    return connection;
  }

  #send(connection: Connection | undefined, request: TransportRequest & { kind: 'send' }): void {
    const peer = connection?.peer;
    if (peer === undefined) return;
    if (request.offset !== peer.receivedOctets) throw new Error('a hole in what was sent');
    peer.receivedOctets += request.data.byteLength;
    if (peer.receivedOctets > peer.deliveredOctets + SEND_BUFFER_OCTETS) {
      throw new Error('sent beyond the credit');
    }
    peer.queue.push(request.data);
    this.#deliver(peer);
  }

  /** Delivers what the credit allows, and extends the other side's credit. */
  #deliver(to: Connection): void {
    if (!to.accepted) return;
    const { id: socket, endpoint } = to;
    for (;;) {
      const room = to.creditOctets - to.deliveredOctets;
      const first = to.queue[0];
      if (first === undefined || room <= 0) break;
      const data = Uint8Array.from(first.subarray(0, room));
      if (data.byteLength === first.byteLength) to.queue.shift();
      else to.queue[0] = first.subarray(room);
      const offset = to.deliveredOctets;
      to.deliveredOctets += data.byteLength;
      this.indicate({ kind: 'data', socket, endpoint, offset, data });
      const { peer } = to;
      if (peer !== undefined) {
        this.indicate({
          kind: 'credit',
          socket: peer.id,
          endpoint: peer.endpoint,
          limitOctets: to.deliveredOctets + SEND_BUFFER_OCTETS,
          acknowledgedOctets: to.deliveredOctets,
        });
      }
    }
    if (to.isEnded && !to.isEndTold && to.queue.length === 0) {
      to.isEndTold = true;
      this.indicate({ kind: 'end', socket, endpoint, offset: to.deliveredOctets });
      this.#finishIfDone(to);
    }
  }

  #finishIfDone(connection: Connection): void {
    const { peer } = connection;
    if (!connection.isEndTold || (peer !== undefined && !peer.isEndTold)) return;
    this.#drop(peer, 'finished');
    this.#drop(connection, 'finished');
  }

  #close(id: SocketId, connection: Connection | undefined): void {
    for (const [port, listener] of this.#listeners) {
      if (listener.id !== id) continue;
      this.#listeners.delete(port);
      this.#closed(id, listener.endpoint, 'finished');
    }
    const datagramPort = this.#datagramPorts.get(id);
    if (datagramPort !== undefined) {
      this.#datagramPorts.delete(id);
      this.#closed(id, datagramPort.endpoint, 'finished');
    }
    if (connection === undefined) return;
    const { peer } = connection;
    this.#drop(connection, 'finished');
    if (peer === undefined) return;
    peer.isEnded = true;
    peer.peer = undefined;
    this.#deliver(peer);
  }

  #drop(connection: Connection | undefined, reason: CloseReason): void {
    if (connection === undefined || !this.#connections.delete(connection.id)) return;
    this.#closed(connection.id, connection.endpoint, reason);
  }

  #closed(socket: SocketId, endpoint: string, reason: CloseReason): void {
    this.indicate({ kind: 'closed', socket, endpoint, reason, detail: '' });
  }

  #bind(request: TransportRequest & { kind: 'bind' }): void {
    const { socket, endpoint } = request;
    const port = request.local.port || this.#nextPort++;
    if ([...this.#datagramPorts.values()].some((other) => other.local.port === port)) {
      this.#closed(socket, endpoint, 'address in use');
      return;
    }
    const local = { address: request.local.address || 0xc0000202, port };
    this.#datagramPorts.set(socket, { endpoint, local });
    this.indicate({ kind: 'bound', socket, endpoint, local });
  }

  #datagram(request: TransportRequest & { kind: 'datagram' }): void {
    const from = this.#datagramPorts.get(request.socket)!;
    for (const [socket, { endpoint, local }] of this.#datagramPorts) {
      if (local.port !== request.remote.port) continue;
      const { data } = request;
      this.indicate({
        kind: 'datagram',
        socket,
        endpoint,
        local,
        remote: from.local,
        ttl: 64,
        data,
      });
      return;
    }
    this.indicate({
      kind: 'error',
      socket: request.socket,
      endpoint: from.endpoint,
      reason: 'refused',
      remote: request.remote,
      detail: 'port unreachable',
    });
  }
}
