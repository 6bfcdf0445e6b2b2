import dgram from 'node:dgram';
import type http from 'node:http';
import net from 'node:net';
import { attachHttp, createStackOnPort, type Stack } from '../src/index.ts';
import { LinkedCores } from './linked-cores.ts';

/**
 * `net` and `dgram` of Node or of our stack, for tests that expect the same from both. The types
 * are Node's: ours must fit them.
 */
export interface Sockets {
  /** Of the server. */
  readonly net: typeof net;
  /** Of the client. */
  readonly client: typeof net;
  readonly dgram: typeof dgram;
  /** The server's address. */
  readonly host: string;
  /** A listener that `server` answers on. */
  serveHttp(server: http.Server): net.Server;
  close(): Promise<void>;
}

/** Sockets that a test leaves open do not keep the process alive. */
function createNodes(): Sockets {
  const unref = (socket: net.Socket) => socket.unref();
  const kernel = {
    ...net,
    createServer: (...args: never[]) =>
      net
        .createServer(...args)
        .on('connection', unref)
        .unref(),
    connect: (...args: unknown[]) => unref(net.connect(...(args as [never]))),
  } as unknown as typeof net;
  return {
    net: kernel,
    client: kernel,
    dgram,
    host: '127.0.0.1',
    serveHttp: (server) => server,
    close: async () => {},
  };
}

function createOurs(): Sockets {
  const cores = new LinkedCores();
  const server = createStackOnPort({ port: cores.port(0), endpoint: 'server' });
  const client = createStackOnPort({ port: cores.port(1), endpoint: 'client' });
  const netOf = (stack: Stack) => stack.net as unknown as typeof net;
  return {
    net: netOf(server),
    client: netOf(client),
    dgram: server.dgram as unknown as typeof dgram,
    host: '192.0.2.2',
    serveHttp: (httpServer) => {
      const listener = server.net.createServer();
      attachHttp(listener, httpServer);
      return listener as unknown as net.Server;
    },
    close: async () => {
      await client.close(0);
      await server.close(0);
    },
  };
}

/**
 * Runs the same tests on Node's `net` over the kernel, which defines what is right, and on our
 * sockets.
 */
export function describeNodeAndOurs(what: string, body: (create: () => Sockets) => void): void {
  describe.each([
    ["with Node's net on the kernel", createNodes],
    ['with ours', createOurs],
  ])(`${what}, %s`, (_name, create) => {
    const made: Sockets[] = [];
    afterEach(async () => {
      for (const sockets of made.splice(0)) await sockets.close();
    });
    body(() => {
      const sockets = create();
      made.push(sockets);
      return sockets;
    });
  });
}
