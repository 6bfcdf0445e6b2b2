import type { Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ErrorStatus, errorText, respondError } from './respond.ts';
import { isAuthority } from './target.ts';

/** How long a client may take to close its side after a refusal. */
const LINGER_MS = 2000;

/** Answers to requests that Node's parser or its timeouts refuse, by the error's code. */
const REFUSALS: Readonly<Record<string, readonly [ErrorStatus, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'the header fields are longer than this server takes.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'the chunk extensions are longer than this server takes.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request took too long to come.'],
};

/** The latest response of a connection, and the responses that are not complete yet, in order. */
interface Exchange {
  latest: ServerResponse;
  readonly unfinished: Set<ServerResponse>;
}

/**
 * Answers malformed requests and CONNECT, which do not reach 'request'. An error must not be
 * written into the body of a response that has begun: then the connection is cut off. `onRefused`
 * is called once for each.
 */
export function refuseMalformed(server: Server, onRefused: () => void): void {
  const exchanges = new WeakMap<Duplex, Exchange>();
  const refused = new WeakSet<Duplex>();

  server.on('request', ({ socket }, response) => {
    const exchange = exchanges.get(socket) ?? { latest: response, unfinished: new Set() };
    exchange.latest = response;
    exchange.unfinished.add(response);
    exchanges.set(socket, exchange);
    response.once('finish', () => exchange.unfinished.delete(response));
  });

  server.on('clientError', (error: NodeJS.ErrnoException & { reason?: string }, socket) => {
    // The parser also reports all input after the error.
    if (refused.has(socket)) return;
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    refused.add(socket);
    onRefused();
    const [status, sentence] = REFUSALS[error.code ?? ''] ?? [400, describe(error.reason)];
    const exchange = exchanges.get(socket);
    const [first] = exchange?.unfinished ?? [];
    if (first !== undefined) {
      if (first.headersSent) cutOff(first);
      else respondError(first, status, sentence, { connection: 'close' });
    } else if (exchange?.latest.req.complete === false) {
      // The error is in the body of a request that is already answered: do not answer twice.
      socket.destroy();
    } else refuse(socket, status, sentence);
  });

  server.on('connect', (request, socket) => {
    onRefused();
    // Node's HTTP server no longer handles this socket's errors.
    socket.on('error', () => socket.destroy());
    const [first] = exchanges.get(socket)?.unfinished ?? [];
    if (first !== undefined) {
      cutOff(first);
      return;
    }
    socket.resume();
    // RFC 9110 9.3.6: a target without a port is a bad request. The method as such is not
    // implemented (RFC 9110 15.6.2).
    if (!isAuthority(request.url ?? '') || !/[^:]:0*[1-9]\d*$/.test(request.url ?? '')) {
      refuse(socket, 400, 'CONNECT takes HOST:PORT.');
    } else refuse(socket, 501, 'this server is no proxy: it opens no tunnels.');
  });
}

/** Ends an incomplete answer in a way that the client can detect. */
export function cutOff(response: ServerResponse): void {
  const socket = response.socket as (Duplex & { resetAndDestroy?(): void }) | null;
  // For HTTP/1.0 a FIN may mark the end of an answer (RFC 9112 6.3): only RST shows that it is
  // incomplete.
  if (response.req.httpVersion === '1.0' && socket?.resetAndDestroy) socket.resetAndDestroy();
  else response.destroy();
}

function describe(reason: string | undefined): string {
  return `this is no HTTP request${reason ? `: ${reason}` : ''}.`;
}

/**
 * Writes an answer without a request and closes in stages (RFC 9112 9.6). A close with unread
 * octets would send a RST, and the client might lose the answer.
 */
function refuse(socket: Duplex, status: ErrorStatus, sentence: string): void {
  const body = errorText(status, sentence);
  const head = [
    `HTTP/1.1 ${body.slice(0, body.indexOf(':'))}`,
    'content-type: text/plain; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `date: ${new Date().toUTCString()}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}
