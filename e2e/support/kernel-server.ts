/**
 * kernel-server.ts ADDRESS: does what Strata's HTTP server does, on the kernel's sockets. For
 * comparison only.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

const CHUNK = Buffer.alloc(65536, 'strata');

createServer(async (request, response) => {
  if (request.url === '/sha256') {
    const hash = createHash('sha256');
    for await (const data of request) hash.update(data);
    response.end(hash.digest('hex'));
    return;
  }
  let left = Number(request.url?.split('/').at(-1));
  response.writeHead(200, { 'content-length': left });
  while (left > 0) {
    const part = left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK;
    left -= part.length;
    if (!response.write(part)) await new Promise((resolve) => response.once('drain', resolve));
  }
  response.end();
}).listen(80, process.argv[2], () => console.log('listening'));
