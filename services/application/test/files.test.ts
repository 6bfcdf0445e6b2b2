import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openServed } from '../src/http/open-file.ts';
import { type Pair, startPair } from './pair.ts';
import { ask } from './request.ts';

const base = mkdtempSync(join(tmpdir(), 'strata-files-'));
const folder = join(base, 'public');
const content = Buffer.from(Array.from({ length: 600_000 }, (_, i) => (i * 31 + (i >>> 9)) & 255));
let pair: Pair;

beforeAll(async () => {
  mkdirSync(join(folder, 'deep'), { recursive: true });
  writeFileSync(join(folder, 'file.bin'), content);
  writeFileSync(join(folder, 'empty.txt'), '');
  writeFileSync(join(folder, 'a <b> & c.html'), '<p>');
  writeFileSync(join(folder, '.hidden'), 'hidden');
  writeFileSync(join(base, 'secret'), 'secret');
  symlinkSync(join(base, 'secret'), join(folder, 'way-out'));
  symlinkSync(join(folder, 'file.bin'), join(folder, 'link.bin'));
  pair = await startPair({ files: folder });
});

afterAll(async () => {
  await pair.stop();
  rmSync(base, { recursive: true });
});

describe('GET /files/', () => {
  it('sends a file whole, with its type and validators', async () => {
    const { status, headers, body } = await ask(pair, '/files/file.bin');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-length': '600000',
      'content-type': 'application/octet-stream',
      'accept-ranges': 'bytes',
    });
    expect(headers.etag).toMatch(/^".+"$/);
    expect(Date.parse(headers['last-modified'] ?? '')).not.toBeNaN();
    expect(body.equals(content)).toBe(true);
  });

  it.each([
    ['bytes=100-199', 100, 200],
    ['bytes=300000-', 300_000, 600_000],
    ['bytes=-5', 599_995, 600_000],
  ])('sends the range %s', async (range, start, end) => {
    const { status, body } = await ask(pair, '/files/file.bin', { headers: { range } });
    expect(status).toBe(206);
    expect(body.equals(content.subarray(start, end))).toBe(true);
  });

  it('refuses a range after the end', async () => {
    const { status, headers } = await ask(pair, '/files/file.bin', {
      headers: { range: 'bytes=600000-' },
    });
    expect(status).toBe(416);
    expect(headers['content-range']).toBe('bytes */600000');
  });

  it('sends the whole file if If-Range names another version (RFC 9110 13.1.5)', async () => {
    const { headers } = await ask(pair, '/files/file.bin', { method: 'HEAD' });
    const range = 'bytes=0-9';
    const same = { range, 'if-range': headers.etag! };
    expect((await ask(pair, '/files/file.bin', { headers: same })).status).toBe(206);
    const other = { range, 'if-range': '"other"' };
    expect((await ask(pair, '/files/file.bin', { headers: other })).status).toBe(200);
  });

  it('answers 304 to a client that has the file', async () => {
    const { headers } = await ask(pair, '/files/file.bin', { method: 'HEAD' });
    for (const condition of [
      { 'if-none-match': headers.etag! },
      { 'if-modified-since': headers['last-modified']! },
    ]) {
      const answer = await ask(pair, '/files/file.bin', { headers: condition });
      expect(answer.status).toBe(304);
      expect(answer.body.byteLength).toBe(0);
    }
  });

  it('sends an empty file, and follows links inside the folder', async () => {
    const empty = await ask(pair, '/files/empty.txt');
    expect([empty.status, empty.headers['content-length']]).toEqual([200, '0']);
    expect((await ask(pair, '/files/link.bin')).body.byteLength).toBe(600_000);
  });

  it('lists a folder, with escaped names', async () => {
    const { headers, body } = await ask(pair, '/files/');
    expect(headers['content-type']).toContain('text/html');
    expect(String(body)).toContain('href="deep/"');
    expect(String(body)).toContain('a &lt;b&gt; &amp; c.html');
    expect(String(body)).toContain('href="a%20%3Cb%3E%20%26%20c.html"');
    expect(String(body)).not.toContain('hidden');
    const again = await ask(pair, '/files/a%20%3Cb%3E%20%26%20c.html');
    expect(String(again.body)).toBe('<p>');
  });

  it('redirects a folder’s path without a slash', async () => {
    const { status, headers } = await ask(pair, '/files/deep');
    expect([status, headers.location]).toEqual([301, '/files/deep/']);
  });

  it.each([
    '/files/none',
    '/files/../secret',
    '/files/%2e%2e/secret',
    '/files/..%2fsecret',
    '/files/deep/..%2f..%2f..%2fsecret',
    '/files/way-out',
    '/files/.hidden',
    '/files/%00',
    '/files/%zz',
    '/files//etc/passwd',
  ])('finds nothing at %s', async (path) => {
    const { status, body } = await ask(pair, path);
    expect(status).toBe(404);
    expect(String(body)).not.toContain('secret');
  });
});

describe('GET /', () => {
  it('has a link to the folder', async () => {
    expect(String((await ask(pair, '/')).body)).toContain('<a href="/files/">');
  });
});

describe('What is neither a file nor a folder', () => {
  const odd = join(folder, 'odd');
  const socket = createServer();

  beforeAll(async () => {
    mkdirSync(odd);
    execFileSync('mkfifo', [join(odd, 'fifo')]);
    symlinkSync('fifo', join(odd, 'link-to-fifo'));
    symlinkSync('/dev/zero', join(odd, 'zero'));
    await new Promise<void>((resolve) => {
      socket.listen(join(odd, 'socket'), resolve);
    });
  });

  afterAll(async () => {
    await new Promise((resolve) => {
      socket.close(resolve);
    });
  });

  it.each(['fifo', 'link-to-fifo', 'socket', 'zero'])(
    'is not found, and blocks no thread: %s, more often than there are threads',
    async (name) => {
      const requests = Array.from({ length: 6 }, () => ask(pair, `/files/odd/${name}`));
      const answers = await Promise.all(requests);
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 404]);
      expect((await ask(pair, '/files/file.bin')).body.byteLength).toBe(600_000);
    },
  );

  it('is not listed', async () => {
    const { body } = await ask(pair, '/files/odd/');
    expect(String(body)).not.toContain('href="fifo"');
    expect(String(body)).not.toContain('href="socket"');
  });

  it('is not served if it replaced a file after the check of the name: the descriptor decides', async () => {
    expect(await openServed(join(odd, 'fifo'))).toBeUndefined();
    expect(await openServed(join(odd, 'socket'))).toBeUndefined();
    expect(await openServed(join(odd, 'link-to-fifo'))).toBeUndefined();
    expect(await openServed('/dev/null')).toBeUndefined();
    // A link that replaced a file after its path was found.
    expect(await openServed(join(folder, 'way-out'))).toBeUndefined();
    const file = await openServed(join(folder, 'file.bin'));
    expect(file?.stat.size).toBe(600_000);
    await file?.handle.close();
  });
});

describe('Without a folder', () => {
  it('says that none is configured', async () => {
    const bare = await startPair();
    const { status, body } = await ask(bare, '/files/');
    expect(status).toBe(404);
    expect(String(body)).toContain('no folder is configured');
    await bare.stop();
  });
});
