import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { createStack, type Stack } from '@strata/sockets';
import type { CurlFigures, CurlOptions } from '../src/index.ts';
import { type Pair, startPair } from './support/pair.ts';
import { run } from './support/run.ts';

const SERVER = '192.0.2.2';
const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

let pair: Pair;
let stack: Stack;
beforeAll(async () => {
  pair = await startPair();
  stack = createStack({ bus: pair.bus, stack: 'server' });
});
afterAll(async () => {
  await stack.close(0);
  await pair.stop();
});

/** Answers each connection with these octets, one after the other, and closes it. */
async function answers(port: number, ...texts: readonly string[]): Promise<() => void> {
  const rest = [...texts];
  const server = stack.net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(rest.shift()));
  });
  server.listen(port);
  await once(server, 'listening');
  return () => server.close();
}

async function curl(options: Partial<CurlOptions> & { url: string }, stdin?: Readable | string) {
  const curled = run(pair, 'client', 'curl', { method: 'GET', headers: [], ...options }, stdin);
  const status = await curled.status;
  const { figures } = (await curled.event('done')) as unknown as { figures: CurlFigures };
  expect(figures.exitcode).toBe(status);
  return { status, figures, body: curled.output(), events: curled.events };
}

describe('A transfer by curl', () => {
  it('has the octets of the server, and counts them', async () => {
    const { status, figures, body } = await curl({ url: `http://${SERVER}/bytes/3000000` });
    expect(status).toBe(0);
    expect(body.byteLength).toBe(3_000_000);
    const post = await curl(
      {
        url: `http://${SERVER}/sha256`,
        method: 'POST',
        headers: [['Content-Length', '3000000']],
        upload: true,
        uploadOctets: 3_000_000,
      },
      Readable.from([body]),
    );
    expect(post.body.toString().trim()).toBe(sha256(body));
    expect(post.figures.size_upload).toBe(3_000_000);
    expect(figures).toMatchObject({
      http_code: 200,
      size_download: 3_000_000,
      remote_ip: SERVER,
      remote_port: 80,
      num_connects: 1,
      scheme: 'HTTP',
    });
    expect(figures.time_total).toBeGreaterThanOrEqual(figures.time_starttransfer);
  });

  it('tells the lines of the request and of the response', async () => {
    const headers: [string, string][] = [
      ['X-Test', 'one'],
      ['X-Test', 'two'],
    ];
    const { events } = await curl({ url: `${SERVER}/bytes/1?a=b`, headers });
    expect(events.find(({ kind }) => kind === 'request')!['lines']).toEqual([
      'GET /bytes/1?a=b HTTP/1.1',
      'Host: 192.0.2.2',
      'X-Test: one',
      'X-Test: two',
      '',
    ]);
    const response = events.find(({ kind }) => kind === 'response')!;
    expect((response['lines'] as string[])[0]).toBe('HTTP/1.1 200 OK');
    expect(response['octets']).toBe(1);
  });

  it('follows redirects as far as it may, without secrets for another host', async () => {
    const to = (url: string) =>
      `HTTP/1.1 302 Found\r\nLocation: ${url}\r\nContent-Length: 0\r\n\r\n`;
    const other = `http://${SERVER}/echo`;
    const close = await answers(8001, to('/next'), to(other), to('/1'), to('/2'));
    try {
      const headers: [string, string][] = [['Authorization', 'Basic x']];
      const url = `http://${SERVER}:8001/`;
      const first = await curl({ url, headers, redirects: 5 });
      expect(first.figures).toMatchObject({ num_redirects: 2, url_effective: other });
      const requests = first.events.filter(({ kind }) => kind === 'request');
      const withSecret = requests.map(({ lines }) =>
        (lines as string[]).includes('Authorization: Basic x'),
      );
      expect(withSecret).toEqual([true, true, false]);
      const second = await curl({ url, redirects: 1 });
      expect(second.status).toBe(47);
      expect(second.figures.errormsg).toBe('Maximum (1) redirects followed');
    } finally {
      close();
    }
  });

  it('is no faster than its limit', async () => {
    const { figures } = await curl({ url: `http://${SERVER}/bytes/60000`, limitRate: 200_000 });
    expect(figures.time_total).toBeGreaterThan(0.2);
  });

  it.each([
    [
      'a port without a listener',
      { url: `http://${SERVER}:8/` },
      7,
      /^Failed to connect to 192\.0\.2\.2 port 8 after \d+ ms: Couldn't connect to server \(Connection refused\)$/,
    ],
    [
      'nobody there',
      { url: 'http://192.0.2.99/', connectTimeoutSeconds: 0.05 },
      28,
      /^Failed to connect to 192\.0\.2\.99 port 80 after \d+ ms: Timeout was reached$/,
    ],
    [
      'no connection in time',
      { url: 'http://192.0.2.99/', maxTimeSeconds: 0.05 },
      28,
      /^Connection timed out after \d+ milliseconds$/,
    ],
    [
      'no answer in time',
      { url: `http://${SERVER}:9/`, maxTimeSeconds: 0.1 },
      28,
      /^Operation timed out after \d+ milliseconds with 0 bytes received$/,
    ],
    [
      'a status that is refused',
      { url: `http://${SERVER}/nothing`, fail: true },
      22,
      /^The requested URL returned error: 404$/,
    ],
    ['another protocol', { url: 'ftp://192.0.2.2/' }, 1, /^Protocol "ftp" not supported/],
    ['no URL', { url: 'http://[' }, 3, /^URL using bad\/illegal format/],
    ['no HTTP', { url: `http://${SERVER}:13/` }, 1, /^Received HTTP\/0\.9 when not allowed/],
    ['an empty answer', { url: `http://${SERVER}:8002/` }, 52, /^Empty reply from server$/],
    [
      'half an answer',
      { url: `http://${SERVER}:8003/` },
      18,
      /^transfer closed with 7 bytes remaining to read$/,
    ],
    ['no TLS', { url: `https://${SERVER}:80/` }, 35, /^TLS connect error: /],
  ])("ends with curl's status for %s", async (_what, options, expected, message) => {
    const closes = [
      await answers(8002, ''),
      await answers(8003, 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'),
    ];
    const { status, figures } = await curl(options);
    for (const close of closes) close();
    expect(status).toBe(expected);
    expect(figures.errormsg).toMatch(message);
  });

  it('ends when it is cancelled', async () => {
    const options = { url: `http://${SERVER}:9/`, method: 'GET', headers: [] };
    const curled = run(pair, 'client', 'curl', options);
    await curled.event('request');
    curled.cancel();
    expect(await curled.status).toBe(42);
  });
});
