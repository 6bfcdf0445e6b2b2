import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { Logger } from '@strata/runtime';
import { echoHandler, sha256Handler } from './body.ts';
import { bytesHandler } from './bytes.ts';
import { createFilesHandler } from './files.ts';
import { createPageHandler, type PageOptions } from './page.ts';
import { cutOff, refuseMalformed } from './refusal.ts';
import { allowMethods, type Handler, respondError } from './respond.ts';
import { hostProblem, parseTarget } from './target.ts';

export interface HttpOptions extends PageOptions {
  readonly log: Logger;
  /** Limits of Node's server that differ from its defaults, for tests. */
  readonly limits?: Pick<ServerOptions, 'headersTimeout' | 'connectionsCheckingInterval'>;
}

/** Octets that a response buffers before its handler has to wait. */
const HIGH_WATER_OCTETS = 262144;

/** The methods in the answer to `OPTIONS *`. */
const METHODS = 'GET, HEAD, POST, PUT, OPTIONS';

/** Counters of the HTTP server. */
export interface HttpCounters {
  requests: number;
  /** Malformed requests, requests that arrived too slowly, and CONNECT. */
  refused: number;
  /** Requests that failed through a fault of the server. */
  failed: number;
}

/**
 * The HTTP server of the application layer. It does not listen itself: attach it to a server of
 * sockets with attachHttp.
 */
export function createHttpServer(options: HttpOptions): {
  readonly server: Server;
  readonly counters: HttpCounters;
} {
  const counters: HttpCounters = { requests: 0, refused: 0, failed: 0 };
  const route = createRouter(options);
  const server = createServer({
    highWaterMark: HIGH_WATER_OCTETS,
    noDelay: true,
    // hostProblem() checks the Host field.
    requireHostHeader: false,
    ...options.limits,
  });
  // A client may half-close after its requests and still get the answers (RFC 9293 3.6). Node's
  // default would cut them off.
  Object.assign(server, { httpAllowHalfOpen: true });
  refuseMalformed(server, () => {
    counters.refused += 1;
  });
  server.on('request', (request, response) => {
    counters.requests += 1;
    void answer(route, request, response, (error) => {
      counters.failed += 1;
      options.log.error({ err: error, url: request.url }, 'a request failed');
    });
  });
  return { server, counters };
}

/**
 * Answers /favicon.ico: there is none. The answer may be cached for a day, because browsers ask
 * with each page.
 */
const noIcon: Handler = (request, response) => {
  if (!allowMethods(request, response, ['GET', 'HEAD'])) return;
  response.writeHead(204, { 'cache-control': 'max-age=86400' }).end();
};

function createRouter(options: HttpOptions): (path: string) => Handler {
  const page = createPageHandler(options);
  const files = createFilesHandler(options.files);
  const folder = options.files === undefined ? '' : ' /files/,';
  const notFound: Handler = (_request, response) =>
    respondError(response, 404, `there are /,${folder} /bytes/N, /echo and /sha256.`);
  return (path) => {
    if (path === '/') return page;
    if (path === '/favicon.ico') return noIcon;
    if (path === '/echo') return echoHandler;
    if (path === '/sha256') return sha256Handler;
    if (path.startsWith('/bytes/')) return bytesHandler;
    if (path.startsWith('/files/')) return files;
    return notFound;
  };
}

async function answer(
  route: (path: string) => Handler,
  request: IncomingMessage,
  response: ServerResponse,
  onFailure: (error: unknown) => void,
): Promise<void> {
  // RFC 9112 6.1: HTTP/1.0 has no transfer codings. The octets after such a body may not be a
  // request.
  const { httpVersion, headers } = request;
  if (httpVersion === '1.0' && headers['transfer-encoding']) response.shouldKeepAlive = false;
  try {
    const problem = hostProblem(request);
    if (problem !== undefined) respondError(response, 400, problem, { connection: 'close' });
    else await answerTarget(route, request, response);
  } catch (error) {
    // A client that left in the middle of an answer is not a failure of ours.
    if (isGone(error, response)) return;
    onFailure(error);
    if (response.headersSent) cutOff(response);
    else respondError(response, 500, 'the server failed; its log says why.');
  }
}

async function answerTarget(
  route: (path: string) => Handler,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const target = parseTarget(request.method ?? '', request.url ?? '');
  if (target.kind === 'server') response.writeHead(204, { allow: METHODS }).end();
  else if (target.kind === 'refused') respondError(response, target.status, target.sentence);
  else await route(target.path)(request, response, target.path);
}

function isGone(error: unknown, response: ServerResponse): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? '';
  // The rest of the request was malformed. refuseMalformed() answered it while the handler waited.
  if (code === 'ERR_HTTP_HEADERS_SENT' && response.writableEnded) return true;
  return (
    ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'].includes(code) ||
    (response.socket?.destroyed ?? true)
  );
}
