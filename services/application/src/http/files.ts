import type { Dirent } from 'node:fs';
import { type FileHandle, readdir } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { Readable } from 'node:stream';
import { shareImmutable } from '@strata/sockets';
import { escapeHtml, renderDocument } from './html.ts';
import { descriptorPath, type OpenedFile, openBelow } from './open-file.ts';
import { sendRepresentation } from './representation.ts';
import { allowMethods, type Handler, respondError, respondText } from './respond.ts';

/** Octets per read. */
const READ_OCTETS = 262144;
/** Most names in a listing. */
const MAX_NAMES = 1000;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.gif': 'image/gif',
  '.html': 'text/html; charset=utf-8',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
};

/**
 * `/files/…`: the files below `folder`. Supports ranges. `folder` is undefined if none is
 * configured.
 */
export function createFilesHandler(folder: string | undefined): Handler {
  return async (request, response, target) => {
    if (!allowMethods(request, response, ['GET', 'HEAD'])) return;
    if (folder === undefined) {
      respondError(response, 404, 'no folder is configured (stacks.*.applications.http.files).');
      return;
    }
    const opened = await openBelow(folder, target.slice('/files/'.length));
    if (opened === undefined) {
      respondError(response, 404, 'there is no such file.');
      return;
    }
    try {
      await sendOpened(request, response, target, opened);
    } finally {
      await opened.handle.close();
    }
  };
}

async function sendOpened(
  request: IncomingMessage,
  response: ServerResponse,
  target: string,
  { path, handle, stat }: OpenedFile,
): Promise<void> {
  if (stat.isDirectory()) {
    if (target.endsWith('/')) await sendListing(response, target, descriptorPath(handle));
    else response.writeHead(301, { location: `${target}/`, 'content-length': 0 }).end();
  } else {
    await sendRepresentation(request, response, {
      lengthOctets: stat.size,
      contentType: CONTENT_TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream',
      etag: `"${stat.size.toString(16)}-${Math.trunc(stat.mtimeMs * 1000).toString(16)}"`,
      lastModified: stat.mtime,
      read: (start, end) => readFile(handle, start, end),
    });
  }
}

/**
 * The octets `start` to `end` of a file. Each piece has new memory that is not written to again.
 */
function readFile(handle: FileHandle, start: number, end: number): Readable {
  let offset = start;
  return new Readable({
    highWaterMark: READ_OCTETS,
    read() {
      if (offset > end) {
        this.push(null);
        return;
      }
      const piece = Buffer.allocUnsafeSlow(Math.min(READ_OCTETS, end - offset + 1));
      handle.read(piece, 0, piece.byteLength, offset).then(
        ({ bytesRead }) => {
          if (bytesRead === 0) {
            this.destroy(new Error('the file became shorter while it was sent'));
            return;
          }
          offset += bytesRead;
          this.push(shareImmutable(piece).subarray(0, bytesRead));
        },
        (error: Error) => this.destroy(error),
      );
    },
  });
}

async function sendListing(response: ServerResponse, target: string, path: string): Promise<void> {
  const entries = (await readdir(path, { withFileTypes: true }))
    .filter((entry) => !entry.name.startsWith('.') && mayBeServed(entry))
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort();
  const items = entries.slice(0, MAX_NAMES).map((name) => {
    const href = encodeURIComponent(name).replace(/%2F$/, '/');
    return `<li><a href="${href}">${escapeHtml(name)}</a></li>`;
  });
  if (entries.length > MAX_NAMES) items.push(`<li>… and ${entries.length - MAX_NAMES} more</li>`);
  const title = decodeURIComponent(target);
  const body = `<ul>${items.join('\n')}</ul>`;
  respondText(response, 200, 'text/html; charset=utf-8', renderDocument(title, body));
}

/** Whether a listing shows the entry. A symbolic link is checked only when it is requested. */
function mayBeServed(entry: Dirent): boolean {
  return entry.isFile() || entry.isDirectory() || entry.isSymbolicLink();
}
