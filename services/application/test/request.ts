import { type IncomingHttpHeaders, type RequestOptions, request } from 'node:http';
import { type Socket, StackAgent } from '@strata/sockets';
import { type Pair, SERVER } from './pair.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends an HTTP request through the client stack, and returns the whole answer. */
export function ask(
  pair: Pair,
  path: string,
  options: RequestOptions = {},
  body?: Uint8Array | string,
): Promise<Answer> {
  const agent = new StackAgent(pair.client);
  return new Promise((resolve, reject) => {
    const sent = request({ host: SERVER, port: 80, path, agent, ...options }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.once('error', reject);
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(pieces),
        }),
      );
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

/** A connection to the HTTP server, to send octets that no HTTP client would send. */
export function connectRaw(pair: Pair, port = 80): Socket {
  return pair.client.net.connect({ host: SERVER, port, allowHalfOpen: true });
}

/**
 * All received data until the server ends its side. Rejects if the server resets the connection.
 */
export function readAll(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    socket.on('data', (piece: Buffer) => pieces.push(piece));
    socket.once('end', () => resolve(Buffer.concat(pieces)));
    socket.once('error', reject);
  });
}

/**
 * The server's answer to `octets` until it ends its side. With `end`, our side ends after `octets`.
 */
export async function exchange(pair: Pair, octets: string, end = false): Promise<string> {
  const socket = connectRaw(pair);
  if (end) socket.end(octets);
  else socket.write(octets);
  const answer = (await readAll(socket)).toString('latin1');
  socket.destroy();
  return answer;
}
