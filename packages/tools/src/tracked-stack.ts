import type { DatagramSocket, Server, ServerArguments, Socket, Stack } from '@strata/sockets';

/** A stack whose sockets can all be closed at once. */
export interface TrackedStack {
  readonly stack: Stack;
  /** Closes all sockets and listeners that are open. */
  destroyAll(): void;
}

/** Watches the sockets that are made of `stack`, accepted ones too. */
export function trackStack(stack: Stack): TrackedStack {
  const open = new Set<() => void>();
  const watch = <Kind extends Socket | Server | DatagramSocket>(one: Kind, close: () => void) => {
    open.add(close);
    one.on('close', () => open.delete(close));
    return one;
  };
  const ofSocket = (socket: Socket) => watch(socket, () => socket.destroy());
  const ofServer = (server: Server) => {
    server.on('connection', ofSocket);
    return watch(server, () => server.close());
  };
  const { net, dgram } = stack;
  const connect: typeof net.connect = (...args) => ofSocket(net.connect(...args));
  class TrackedSocket extends net.Socket {
    constructor(...args: ConstructorParameters<typeof net.Socket>) {
      super(...args);
      ofSocket(this);
    }
  }
  class TrackedServer extends net.Server {
    constructor(...args: ServerArguments) {
      super(...args);
      ofServer(this);
    }
  }
  const tracked: Stack = {
    net: {
      Socket: TrackedSocket,
      Server: TrackedServer,
      createServer: (...args) => ofServer(net.createServer(...args)),
      connect,
      createConnection: connect,
    },
    dgram: {
      createSocket: (...args) => {
        const socket = dgram.createSocket(...args);
        return watch(socket, () => closeDatagramSocket(socket));
      },
    },
    endpoint: stack.endpoint,
    get openSockets() {
      return stack.openSockets;
    },
    close: (timeoutMs) => stack.close(timeoutMs),
  };
  return {
    stack: tracked,
    destroyAll: () => {
      for (const close of open) close();
      open.clear();
    },
  };
}

/** Closes a socket that its user, or an error, may have closed just before. */
export function closeDatagramSocket(socket: DatagramSocket): void {
  try {
    socket.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SOCKET_DGRAM_NOT_RUNNING') throw error;
  }
}
