import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { ApiError } from './api-error.ts';

/**
 * Refuses requests that a foreign web page may have made a browser send: the API can change
 * settings, and has no password. The Host header must be an IP address, `localhost`, or the name
 * that the console listens on. Other names are refused, because an attacker's DNS may point them
 * here (DNS rebinding). An Origin must be the console's own. A body must be JSON.
 */
export function guard(request: IncomingMessage, listenHost: string): void {
  const host = request.headers.host ?? '';
  const name = host
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
  if (isIP(name) === 0 && name !== 'localhost' && name !== listenHost.toLowerCase()) {
    throw new ApiError(
      403,
      `the Host header names ${name || 'nothing'}: use an IP address or localhost.`,
    );
  }
  const { origin } = request.headers;
  if (origin !== undefined && origin !== `http://${host}`) {
    throw new ApiError(403, `the console does not answer pages of ${origin}.`);
  }
}

/**
 * Reads the JSON object in the body. Throws ApiError if the body is not JSON, not an object, or
 * longer than 64 KB.
 */
export async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new ApiError(415, 'the body must be application/json.');
  }
  const chunks: Buffer[] = [];
  let octets = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    octets += chunk.byteLength;
    if (octets > 65536) throw new ApiError(413, 'the body may have up to 65,536 octets.');
    chunks.push(chunk);
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw new ApiError(400, 'the body is not valid JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ApiError(400, 'the body must be a JSON object.');
  }
  return value as Record<string, unknown>;
}
