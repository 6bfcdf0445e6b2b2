import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Stack } from '@strata/sockets';
import { connectTo } from './connect.ts';
import { failureOf } from './failure.ts';
import { carry } from './pace.ts';
import type { Transfer } from './transfer.ts';

/** One request of a transfer. */
export interface Wanted {
  readonly url: URL;
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  /** Kept, or as it comes. Undefined: none. */
  readonly body: Buffer | Readable | undefined;
}

/** A response whose body is not yet read, and the connection that it comes on. */
export interface Answer {
  readonly response: IncomingMessage;
  readonly headLines: readonly string[];
  close(): void;
}

/** Sends a request on a connection of its own. Throws CurlFailure. */
export async function exchange(stack: Stack, transfer: Transfer, wanted: Wanted): Promise<Answer> {
  const { figures, io, signal } = transfer;
  const connection = await connectTo(stack, wanted.url, transfer);
  const request = createRequest(wanted, () => connection);
  const close = () => {
    request.destroy();
    connection.destroy();
  };
  signal.addEventListener('abort', close, { once: true });
  const progress = { isConnected: true, hasResponse: false };
  try {
    figures.mark('pretransfer');
    const lines = requestLines(request);
    figures.values.size_request += octetsOf(lines);
    await io.event({ kind: 'request', lines });
    const answered = once(request, 'response') as Promise<[IncomingMessage]>;
    answered.catch(() => undefined);
    // A server may answer, and close, before it has read the whole body.
    void send(transfer, request, wanted.body).catch((error: Error) => request.destroy(error));
    const [response] = await answered;
    progress.hasResponse = true;
    figures.mark('starttransfer');
    const headLines = responseLines(response);
    figures.values.size_header += octetsOf(headLines);
    figures.values.http_code = response.statusCode ?? 0;
    figures.values.http_version = response.httpVersion;
    figures.values.content_type = response.headers['content-type'] ?? '';
    return { response, headLines, close };
  } catch (error) {
    request.on('error', () => undefined);
    close();
    signal.throwIfAborted();
    throw failureOf(error, progress);
  }
}

function createRequest(
  { url, method, headers }: Wanted,
  createConnection: () => import('node:stream').Duplex,
): ClientRequest {
  const path = `${url.pathname}${url.search}`;
  const request = httpRequest({
    createConnection,
    host: url.hostname,
    method,
    path,
    setHost: false,
  });
  const all = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const known = [...all.keys()].find((other) => other.toLowerCase() === name.toLowerCase());
    all.set(known ?? name, [...(all.get(known ?? name) ?? []), value]);
  }
  for (const [name, values] of all)
    request.setHeader(name, values.length === 1 ? values[0]! : values);
  // As curl: HTTP/1.1 keeps a connection without being told.
  if (!request.hasHeader('connection')) request.removeHeader('connection');
  return request;
}

async function send(
  { options, figures, signal }: Transfer,
  request: ClientRequest,
  body: Wanted['body'],
): Promise<void> {
  if (body !== undefined) {
    const source = body instanceof Readable ? body : Readable.from([body]);
    await carry(source, request, options.limitRate, signal, (octets) => {
      figures.values.size_upload += octets;
    });
  }
  request.end();
}

function requestLines(request: ClientRequest): string[] {
  const fields = request.getRawHeaderNames().flatMap((name) => {
    const values = [request.getHeader(name) ?? []].flat();
    return values.map((value) => `${name}: ${value}`);
  });
  return [`${request.method} ${request.path} HTTP/1.1`, ...fields, ''];
}

function responseLines({ httpVersion, statusCode, statusMessage, rawHeaders }: IncomingMessage) {
  const lines = [`HTTP/${httpVersion} ${statusCode} ${statusMessage}`];
  for (let i = 0; i < rawHeaders.length; i += 2)
    lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  return [...lines, ''];
}

/** With CR LF behind each line. */
function octetsOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line, 'latin1') + 2, 0);
}
