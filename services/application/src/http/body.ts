import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { allowMethods, type Handler, respondError, respondText } from './respond.ts';

/** `POST /echo`: sends the body back while it arrives. */
export const echoHandler: Handler = async (request, response) => {
  if (!allowMethods(request, response, ['POST', 'PUT']) || isTooLarge(request, response)) return;
  const { 'content-length': length, 'content-type': type } = request.headers;
  response.writeHead(200, {
    'content-type': type ?? 'application/octet-stream',
    ...(length === undefined ? {} : { 'content-length': length }),
  });
  await pipeline(request, response);
};

/** `POST /sha256`: one line with the SHA-256 of the body in hexadecimal. */
export const sha256Handler: Handler = async (request, response) => {
  if (!allowMethods(request, response, ['POST', 'PUT']) || isTooLarge(request, response)) return;
  const hash = createHash('sha256');
  await pipeline(request, async (body: AsyncIterable<Buffer>) => {
    for await (const chunk of body) hash.update(chunk);
  });
  respondText(response, 200, 'text/plain; charset=utf-8', `${hash.digest('hex')}\n`);
};

/** Refuses a body whose length is not a safe integer, before its first octet. */
function isTooLarge(request: IncomingMessage, response: ServerResponse): boolean {
  const length = request.headers['content-length'];
  if (length === undefined || Number.isSafeInteger(Number(length))) return false;
  respondError(response, 413, 'a body may have up to 2^53 - 1 octets.', { connection: 'close' });
  return true;
}
