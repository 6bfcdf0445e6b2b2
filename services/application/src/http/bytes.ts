import { Readable } from 'node:stream';
import { shareImmutable } from '@strata/sockets';
import { SUPER_SEGMENT_DATA_OCTETS } from '@strata/wire';
import { sendRepresentation } from './representation.ts';
import { allowMethods, type Handler, respondError } from './respond.ts';

/** A prime, so that data in a wrong order does not look right by chance. */
const PERIOD = 251;
/**
 * Octets of one write. It is large, so that HTTP and streams cost little. It is a multiple of a
 * super-segment, so that a super-segment need not span two writes.
 */
const CHUNK_OCTETS = 4 * SUPER_SEGMENT_DATA_OCTETS;

/** The content. From each offset below the period it contains a whole chunk. */
const CONTENT = shareImmutable(createContent(CHUNK_OCTETS + PERIOD));

function createContent(octets: number): Buffer {
  const content = Buffer.allocUnsafeSlow(octets);
  for (let i = 0; i < octets; i += 1) content[i] = i % PERIOD;
  return content;
}

/** `octets` octets of the content from `offset` on. At most one chunk. */
function contentFrom(offset: number, octets: number): Buffer {
  const from = offset % PERIOD;
  return CONTENT.subarray(from, from + octets);
}

/**
 * The octets `start` to `end`, both included, of the content of /bytes/N: octet i is i modulo 251.
 */
function readBytes(start: number, end: number): Readable | Uint8Array {
  let offset = start;
  const wanted = end - start + 1;
  if (wanted <= CHUNK_OCTETS) return contentFrom(start, wanted);
  return new Readable({
    highWaterMark: CHUNK_OCTETS,
    read() {
      if (offset > end) {
        this.push(null);
        return;
      }
      const octets = Math.min(CHUNK_OCTETS, end - offset + 1);
      const content = contentFrom(offset, octets);
      offset += octets;
      this.push(content);
    },
  });
}

/** `/bytes/N`: N octets of known content, N from 0 to 2^53 - 1. Supports ranges. */
export const bytesHandler: Handler = (request, response, path) => {
  if (!allowMethods(request, response, ['GET', 'HEAD'])) return;
  const text = path.slice('/bytes/'.length);
  const lengthOctets = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(lengthOctets)) {
    respondError(response, 400, `/bytes/N takes a whole number N of 0 to 2^53 - 1.`);
    return;
  }
  return sendRepresentation(request, response, {
    lengthOctets,
    contentType: 'application/octet-stream',
    etag: `"bytes-${lengthOctets}"`,
    read: readBytes,
  });
};
