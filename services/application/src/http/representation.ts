import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseRange } from './range.ts';
import { respondError } from './respond.ts';

/** Something of known length that can be read from any offset. */
export interface Representation {
  readonly lengthOctets: number;
  readonly contentType: string;
  /** A strong validator, with its quotes. */
  readonly etag: string;
  /** Whole seconds count. Absent: not said. */
  readonly lastModified?: Date | undefined;
  /** The octets `start` to `end`, both included. Not called where there are none. */
  read(start: number, end: number): Readable;
}

/** Answers GET and HEAD with all or a range of it, or says that the client has it already (RFC 9110 13, 14). */
export async function sendRepresentation(
  request: IncomingMessage,
  response: ServerResponse,
  what: Representation,
): Promise<void> {
  const { lengthOctets, etag, lastModified } = what;
  response.setHeader('etag', etag);
  response.setHeader('accept-ranges', 'bytes');
  if (lastModified !== undefined) response.setHeader('last-modified', lastModified.toUTCString());
  if (isNotModified(request, what)) {
    response.writeHead(304).end();
    return;
  }
  const wanted = isRangeValid(request, what) ? request.headers.range : undefined;
  const range = parseRange(wanted, lengthOctets);
  if (range === 'unsatisfiable') {
    respondError(response, 416, `there are ${lengthOctets} octets.`, {
      'content-range': `bytes */${lengthOctets}`,
    });
    return;
  }
  const start = range?.start ?? 0;
  const end = range?.end ?? lengthOctets - 1;
  const headers = { 'content-type': what.contentType, 'content-length': end - start + 1 };
  if (range === undefined) response.writeHead(200, headers);
  else {
    const contentRange = `bytes ${start}-${end}/${lengthOctets}`;
    response.writeHead(206, { ...headers, 'content-range': contentRange });
  }
  if (request.method === 'HEAD' || end < start) response.end();
  else await pipeline(what.read(start, end), response);
}

function isNotModified(request: IncomingMessage, { etag, lastModified }: Representation): boolean {
  const known = request.headers['if-none-match'];
  if (known !== undefined) {
    return known === '*' || known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
  }
  const since = Date.parse(request.headers['if-modified-since'] ?? '');
  return lastModified !== undefined && secondsOf(lastModified.getTime()) <= secondsOf(since);
}

/** Whether If-Range, where there is one, names what we have (RFC 9110 13.1.5). */
function isRangeValid(request: IncomingMessage, { etag, lastModified }: Representation): boolean {
  const condition = request.headers['if-range'];
  if (condition === undefined) return true;
  if (typeof condition !== 'string') return false;
  if (condition.startsWith('"')) return condition === etag;
  return (
    lastModified !== undefined &&
    secondsOf(lastModified.getTime()) === secondsOf(Date.parse(condition))
  );
}

function secondsOf(epochMs: number): number {
  return Math.floor(epochMs / 1000);
}
