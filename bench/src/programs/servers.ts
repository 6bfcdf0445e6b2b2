import { createServer, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { shareImmutable } from '@strata/sockets';
import { PORTS } from './ports.ts';

/**
 * The content of all answers. Node's sockets never copy a Buffer. Ours need not copy this one
 * either, because it is declared immutable.
 */
const CONSTANT = shareImmutable(Buffer.allocUnsafeSlow(65536).fill('s'));

/** The bare HTTP handler: `/bytes/N` gives N octets, any other path a greeting. */
const answer: RequestListener = (request, response) => {
  if (!request.url?.startsWith('/bytes/')) {
    response.end('hello\n');
    return;
  }
  let left = Number(request.url.slice('/bytes/'.length));
  response.writeHead(200, { 'content-length': left });
  const write = () => {
    while (left > 0) {
      const part = left < CONSTANT.length ? CONSTANT.subarray(0, left) : CONSTANT;
      left -= part.length;
      if (!response.write(part)) {
        response.once('drain', write);
        return;
      }
    }
    response.end();
  };
  write();
};

/** Sends until the peer closes the connection. */
function chargen(socket: Duplex): void {
  const write = () => {
    while (socket.write(CONSTANT));
  };
  socket.on('error', () => socket.destroy());
  socket.on('drain', write);
  socket.resume();
  write();
}

/** Discards all data. */
function discard(socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  socket.on('data', () => {});
}

/** The part of `net.Server` that the servers use. `node:net` and our stacks have it. */
interface TcpServer {
  listen(port: number, onListening: () => void): unknown;
  once(event: 'error', listener: (error: Error) => void): unknown;
}

/** `node:net`, or the `net` of one of our stacks. */
export interface Net {
  createServer(onConnection: (socket: Duplex) => void): TcpServer;
}

/**
 * Starts the servers of a few lines each: the bare HTTP handler, discard and chargen. `listenHttp`
 * makes the HTTP server answer the connections to its port. Resolves when all listen.
 */
export async function startServers(
  net: Net,
  listenHttp: (server: Server) => TcpServer,
): Promise<void> {
  await listenOn(net.createServer(discard), PORTS.discard);
  await listenOn(net.createServer(chargen), PORTS.chargen);
  await listenOn(listenHttp(createServer(answer)), PORTS.bare);
}

export function listenOn(server: TcpServer, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, resolve);
  });
}
