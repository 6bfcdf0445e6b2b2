import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Stack } from '@strata/sockets';
import { defineTool } from '../options.ts';
import type { ToolIo } from '../tool.ts';
import { type Answer, exchange, type Wanted } from './exchange.ts';
import { CurlFailure, failureOf } from './failure.ts';
import { Figures } from './figures.ts';
import { type CurlParsed, curlSchema } from './options.ts';
import { carry } from './pace.ts';
import { redirected } from './redirect.ts';
import type { Transfer } from './transfer.ts';

/** A body of up to this size is kept, so that it can be sent again. Octets. */
const MAX_KEPT_OCTETS = 1_048_576;
const PROTOCOLS = ['http:', 'https:'];

/** curl: one transfer by HTTP. */
export const curl = defineTool(curlSchema, runCurl);

/** Never rejects for a failed transfer: the event `done` has curl's exit status and message. */
async function runCurl(stack: Stack, options: CurlParsed, io: ToolIo): Promise<number> {
  const figures = new Figures(options.url, options.method);
  const { maxTimeSeconds } = options;
  const limits = [io.signal];
  if (maxTimeSeconds !== undefined) {
    limits.push(AbortSignal.timeout(Math.max(1, maxTimeSeconds * 1000)));
  }
  const signal = AbortSignal.any(limits);
  let failure: CurlFailure | undefined;
  try {
    await transferAll(stack, { options, io, figures, signal });
  } catch (error) {
    const isLate = signal.aborted && !io.signal.aborted;
    failure = isLate ? timedOut(figures) : asFailure(error, io.signal);
  }
  const status = failure?.status ?? 0;
  await io.event({ kind: 'done', figures: figures.finish(status, failure?.message ?? '') });
  return status;
}

function timedOut(figures: Figures): CurlFailure {
  const { size_download, time_pretransfer } = figures.values;
  if (time_pretransfer === 0) {
    return new CurlFailure(28, `Connection timed out after ${figures.milliseconds} milliseconds`);
  }
  const received = `with ${size_download} bytes received`;
  return new CurlFailure(
    28,
    `Operation timed out after ${figures.milliseconds} milliseconds ${received}`,
  );
}

function asFailure(error: unknown, cancelled: AbortSignal): CurlFailure {
  if (error instanceof CurlFailure) return error;
  if (cancelled.aborted) return new CurlFailure(42, 'Callback aborted');
  throw error;
}

/** The request, and those that redirects lead to. */
async function transferAll(stack: Stack, transfer: Transfer): Promise<void> {
  const { options, figures, io } = transfer;
  let wanted: Wanted = {
    url: parseUrl(options.url),
    method: options.method,
    headers: options.headers,
    body: await bodyOf(options, transfer.io),
  };
  for (;;) {
    figures.values.scheme = wanted.url.protocol.slice(0, -1).toUpperCase();
    figures.values.url_effective = wanted.url.href;
    figures.values.method = wanted.method;
    const answer = await exchange(stack, transfer, withHost(wanted));
    const next = redirected(wanted, answer.response);
    figures.values.redirect_url = next?.url.href ?? '';
    const follows = next !== undefined && options.redirects > 0;
    await receive(transfer, answer, follows);
    answer.close();
    if (!follows) return;
    if (figures.values.num_redirects >= options.redirects) {
      throw new CurlFailure(47, `Maximum (${options.redirects}) redirects followed`);
    }
    figures.values.num_redirects += 1;
    figures.values.time_redirect = figures.seconds;
    if (!PROTOCOLS.includes(next.url.protocol)) throw unsupported(next.url);
    if (next.body === io.stdin) {
      throw new CurlFailure(
        65,
        'necessary data rewind was not possible: the redirect wants it again',
      );
    }
    wanted = next;
  }
}

function parseUrl(text: string): URL {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(full)) {
    throw new CurlFailure(3, `URL using bad/illegal format or missing URL: ${text}`);
  }
  const url = new URL(full);
  if (!PROTOCOLS.includes(url.protocol)) throw unsupported(url);
  return url;
}

function unsupported({ protocol }: URL): CurlFailure {
  return new CurlFailure(1, `Protocol "${protocol.slice(0, -1)}" not supported: use http or https`);
}

/** Host is the first field, unless another one is given. */
function withHost(wanted: Wanted): Wanted {
  const { url, headers } = wanted;
  const given = headers.some(([name]) => name.toLowerCase() === 'host');
  return given ? wanted : { ...wanted, headers: [['Host', url.host], ...headers] };
}

/** A short body is read first, since a redirect may ask for it again. */
async function bodyOf(options: CurlParsed, io: ToolIo): Promise<Buffer | Readable | undefined> {
  if (!options.upload) return undefined;
  const { uploadOctets } = options;
  if (uploadOctets === undefined || uploadOctets > MAX_KEPT_OCTETS) return io.stdin;
  const chunks: Buffer[] = [];
  for await (const data of io.stdin) chunks.push(data as Buffer);
  return Buffer.concat(chunks);
}

/** Takes a response: its header if asked for, and its body if that is the last response. */
async function receive(transfer: Transfer, answer: Answer, isRedirect: boolean): Promise<void> {
  const { options, io, figures, signal } = transfer;
  const { response, headLines } = answer;
  const length = response.headers['content-length'];
  const octets = length === undefined ? null : Number(length);
  await io.event({ kind: 'response', lines: headLines, octets });
  const isRefused = options.fail && (response.statusCode ?? 0) >= 400;
  if (isRefused) {
    const what = `The requested URL returned error: ${response.statusCode}`;
    throw new CurlFailure(22, what);
  }
  if (options.include) io.stdout.write(Buffer.from(`${headLines.join('\r\n')}\r\n`, 'latin1'));
  if (isRedirect) {
    response.on('error', () => undefined).resume();
    return;
  }
  let received = 0;
  try {
    await carry(response, io.stdout, options.limitRate, signal, (count) => {
      received += count;
      figures.values.size_download += count;
    });
  } catch (error) {
    signal.throwIfAborted();
    throw endedEarly(error, response, received);
  }
}

/** Why a body did not come whole. */
function endedEarly(error: unknown, response: IncomingMessage, received: number): CurlFailure {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code !== 'ECONNRESET' || syscall !== undefined) {
    return failureOf(error, { isConnected: true, hasResponse: true });
  }
  const length = response.headers['content-length'];
  const rest =
    length === undefined ? 'outstanding read data' : `${Number(length) - received} bytes`;
  return new CurlFailure(
    18,
    `transfer closed with ${rest} remaining${length === undefined ? '' : ' to read'}`,
  );
}
