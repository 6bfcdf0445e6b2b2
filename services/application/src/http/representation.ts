import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { evaluatePreconditions, isRangeValid, type Validators } from './preconditions.ts';
import { parseRange } from './range.ts';
import { respondError } from './respond.ts';

/** A representation of known length that can be read from any offset. */
export interface Representation extends Validators {
  readonly lengthOctets: number;
  readonly contentType: string;
  /**
   * The octets `start` to `end`, both included: a Uint8Array if they are in memory, else a stream.
   * Not called for an empty range.
   */
  read(start: number, end: number): Readable | Uint8Array;
}

/**
 * Answers GET and HEAD with the whole representation or a range, or with the status of the
 * request's conditions (RFC 9110 13, 14).
 */
export async function sendRepresentation(
  request: IncomingMessage,
  response: ServerResponse,
  what: Representation,
): Promise<void> {
  const { lengthOctets, etag, lastModified } = what;
  const validators = {
    etag,
    'accept-ranges': 'bytes',
    ...(lastModified === undefined ? {} : { 'last-modified': lastModified.toUTCString() }),
  };
  const condition = evaluatePreconditions(request, what);
  if (condition === 304) {
    response.writeHead(304, validators).end();
    return;
  }
  if (condition === 412) {
    respondError(response, 412, 'this is another version than the request is for.', validators);
    return;
  }
  // RFC 9110 14.2: a Range field of any method but GET is ignored.
  const mayRange = request.method === 'GET' && isRangeValid(request, what);
  const wanted = mayRange ? request.headers.range : undefined;
  const range = parseRange(wanted, lengthOctets);
  if (range === 'unsatisfiable') {
    respondError(response, 416, `there are ${lengthOctets} octets.`, {
      ...validators,
      'content-range': `bytes */${lengthOctets}`,
    });
    return;
  }
  const start = range?.start ?? 0;
  const end = range?.end ?? lengthOctets - 1;
  // One writeHead() with all headers: with setHeader(), Node would first store them in a table.
  const headers = {
    ...validators,
    'content-type': what.contentType,
    'content-length': end - start + 1,
  };
  if (range === undefined) response.writeHead(200, headers);
  else {
    const contentRange = `bytes ${start}-${end}/${lengthOctets}`;
    response.writeHead(206, { ...headers, 'content-range': contentRange });
  }
  if (request.method === 'HEAD' || end < start) {
    response.end();
    return;
  }
  const content = what.read(start, end);
  // For a short answer, a pipeline would cost more than all other work.
  if (content instanceof Uint8Array) response.end(content);
  else await pipeline(content, response);
}
