import { randomBytes } from 'node:crypto';
import type { TcpSocketOptions } from '@strata/transport';
import { DatagramSocket, type DatagramSocketOptions, type RemoteInfo } from './datagram-socket.ts';
import { usageError } from './errors.ts';
import type { ConnectArguments } from './net/connect-options.ts';
import { Server, type ServerArguments } from './net/server.ts';
import { Socket } from './net/socket.ts';
import type { SocketOptions } from './net/socket-options.ts';
import { createBusPort } from './port/bus-port.ts';
import type { BusPortOptions } from './port/port-options.ts';
import { SocketHost } from './port/socket-host.ts';
import type { TransportPort } from './port/transport-port.ts';

/** Time that open sockets have to close when the stack closes, milliseconds. */
const CLOSE_TIMEOUT_MS = 2000;

type OnMessage = (message: Buffer, remote: RemoteInfo) => void;

/** What `node:net` gives, for one of our stacks. */
export interface StackNet {
  readonly Socket: new (options?: SocketOptions | null) => Socket;
  readonly Server: new (...args: ServerArguments) => Server;
  createServer(...args: ServerArguments): Server;
  connect(...args: SocketConnectArguments): Socket;
  createConnection(...args: SocketConnectArguments): Socket;
}

/** The arguments of Socket.connect. The options may also contain the socket's own options. */
export type SocketConnectArguments =
  | ConnectArguments
  | readonly [options: ConnectArguments[0] & SocketOptions, listener?: () => void];

/** What `node:dgram` gives, for one of our stacks. */
export interface StackDgram {
  createSocket(options: 'udp4' | DatagramSocketOptions, onMessage?: OnMessage): DatagramSocket;
}

/** The sockets of one stack. */
export interface Stack {
  readonly net: StackNet;
  readonly dgram: StackDgram;
  /** Name of this application instance at the transport boundary. */
  readonly endpoint: string;
  /** Sockets of this stack that transport has not closed yet. */
  readonly openSockets: number;
  /**
   * Waits until transport has closed every socket of this stack, at most `timeoutMs` (default
   * 2,000). Then closes the transport port. It closes no sockets: close them first.
   */
  close(timeoutMs?: number): Promise<void>;
}

/** What sockets need besides the way to transport. */
export interface SocketDefaults {
  /** Most unread octets per socket, 4,096 or more. Default 1 Mi, so that it never limits TCP. */
  readonly receiveWindowOctets?: number | undefined;
  /** Defaults of all TCP sockets. */
  readonly tcpOptions?: TcpSocketOptions | undefined;
}

export interface StackOnPortOptions extends SocketDefaults {
  readonly port: TransportPort;
  /**
   * The name that transport sends indications to: one token of a subject, unique among all
   * applications of the stack.
   */
  readonly endpoint: string;
}

export interface StackOptions extends SocketDefaults, Omit<BusPortOptions, 'endpoint'> {
  /** See StackOnPortOptions. Default: a random name. */
  readonly endpoint?: string | undefined;
}

/** Makes the sockets of stack `options.stack` on the bus. */
export function createStack(options: StackOptions): Stack {
  const endpoint = options.endpoint ?? `app-${randomBytes(6).toString('hex')}`;
  const port = createBusPort({ ...options, endpoint });
  return createStackOnPort({ ...options, port, endpoint });
}

/** Makes sockets over any way to transport. */
export function createStackOnPort(options: StackOnPortOptions): Stack {
  const host = new SocketHost(options);
  const net = createNet(host);
  return {
    net,
    dgram: { createSocket: (type, onMessage) => createDatagramSocket(host, type, onMessage) },
    endpoint: options.endpoint,
    get openSockets() {
      return host.openSockets;
    },
    async close(timeoutMs = CLOSE_TIMEOUT_MS) {
      await host.whenEmpty(timeoutMs);
      await host.close();
    },
  };
}

function createNet(host: SocketHost): StackNet {
  class BoundSocket extends Socket {
    constructor(options?: SocketOptions | null) {
      super(host, options ?? {});
    }
  }
  class BoundServer extends Server {
    constructor(...args: ServerArguments) {
      super(host, ...args);
    }
  }
  const connect = (...args: SocketConnectArguments): Socket => {
    const [first] = args;
    const options = typeof first === 'object' ? (first as SocketOptions) : {};
    return new BoundSocket(options).connect(...(args as ConnectArguments));
  };
  return {
    Socket: BoundSocket,
    Server: BoundServer,
    createServer: (...args: ServerArguments) => new BoundServer(...args),
    connect,
    createConnection: connect,
  };
}

function createDatagramSocket(
  host: SocketHost,
  type: 'udp4' | DatagramSocketOptions,
  onMessage?: OnMessage,
): DatagramSocket {
  const options: DatagramSocketOptions = typeof type === 'string' ? { type } : type;
  if (options.type !== 'udp4') {
    throw usageError('ERR_SOCKET_BAD_TYPE', 'Bad socket type specified. Valid types are: udp4');
  }
  const socket = new DatagramSocket(host, options);
  if (onMessage !== undefined) socket.on('message', onMessage);
  return socket;
}
