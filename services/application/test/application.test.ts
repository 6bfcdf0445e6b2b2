import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { askControl, SILENT } from '@strata/runtime';
import { Socket } from '@strata/sockets';
import { startApplication } from '../src/index.ts';
import { type Pair, SERVER, startPair } from './pair.ts';
import { ask, readAll } from './request.ts';

let pair: Pair;

beforeAll(async () => {
  pair = await startPair();
});

afterAll(async () => {
  await pair.stop();
});

describe('The echo service', () => {
  it("sends back all data over TCP until the client's FIN (RFC 862)", async () => {
    const socket = pair.client.net.connect({ host: SERVER, port: 7, allowHalfOpen: true });
    const text = Buffer.alloc(300_000, 'half of a connection\n');
    socket.end(text);
    expect((await readAll(socket)).equals(text)).toBe(true);
  });

  it('also sends back an urgent octet, at its place in the stream (RFC 6093 6)', async () => {
    const socket = pair.client.net.connect({ host: SERVER, port: 7, allowHalfOpen: true });
    socket.write('before ');
    socket.sendUrgent('!');
    socket.end(' behind');
    expect(String(await readAll(socket))).toBe('before ! behind');
  });

  it('sends back each datagram over UDP (RFC 862)', async () => {
    const socket = pair.client.dgram.createSocket('udp4');
    socket.send('datagram', 7, SERVER);
    const [message, remote] = await once(socket, 'message');
    expect(String(message)).toBe('datagram');
    expect(remote).toMatchObject({ address: SERVER, port: 7 });
    socket.close();
  });

  it('is refused on a port without a listener', async () => {
    const socket = pair.client.net.connect(81, SERVER);
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('The application service', () => {
  it('says which ports it could not open, and still stops', async () => {
    const { bus, config } = pair;
    const second = await startApplication({ bus, config, stack: 'server', log: SILENT });
    expect(second.health?.()).toMatchObject({
      ok: false,
      reasons: [expect.stringMatching(/echo on UDP port 7: .*EADDRINUSE/)],
    });
    await expect(second.stop()).resolves.toBeUndefined();
  });
});

describe('GET /', () => {
  it('shows the connection as transport sees it, as a page', async () => {
    const { status, headers, body } = await ask(pair, '/', { headers: { accept: 'text/html' } });
    expect(status).toBe(200);
    expect(headers['content-type']).toContain('text/html');
    expect(String(body)).toMatch(/192\.0\.2\.3:\d+/);
    expect(String(body)).toContain('ESTABLISHED');
    expect(String(body)).toContain('window scaling');
  });

  it('makes no control request: transport itself reports on the connection', async () => {
    const { request } = pair.bus;
    const subjects: string[] = [];
    pair.bus.request = (...question) => {
      subjects.push(question[0]);
      return request.apply(pair.bus, question);
    };
    try {
      const { body } = await ask(pair, '/', { headers: { accept: 'application/json' } });
      expect(JSON.parse(String(body)).connection.state).toBe('ESTABLISHED');
      expect(subjects).toEqual([]);
    } finally {
      pair.bus.request = request;
    }
  });

  it('says so if transport does not answer', async () => {
    const { getTcpInfo } = Socket.prototype;
    Socket.prototype.getTcpInfo = () => Promise.reject(new Error('silent'));
    try {
      expect(String((await ask(pair, '/')).body)).toContain('Transport does not answer');
      const { body } = await ask(pair, '/', { headers: { accept: 'application/json' } });
      expect(JSON.parse(String(body))).toEqual({ stack: 'server' });
    } finally {
      Socket.prototype.getTcpInfo = getTcpInfo;
    }
  });

  it('has no link to /files/ if no folder is configured', async () => {
    expect(String((await ask(pair, '/')).body)).not.toContain('/files/');
  });

  it('has no icon, and lets a browser cache that', async () => {
    for (const method of ['GET', 'HEAD']) {
      const { status, headers } = await ask(pair, '/favicon.ico', { method });
      expect([status, headers['cache-control']]).toEqual([204, 'max-age=86400']);
    }
  });

  it('answers with JSON if the client accepts it', async () => {
    const { headers, body } = await ask(pair, '/', { headers: { accept: 'application/json' } });
    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(String(body))).toMatchObject({
      stack: 'server',
      connection: {
        state: 'ESTABLISHED',
        local: { address: SERVER, port: 80 },
        remote: { address: '192.0.2.3' },
        tcp: { windowScaling: true, timestamps: true, ssthreshOctets: null },
      },
    });
  });

  it('answers HEAD with the headers only', async () => {
    const { status, headers, body } = await ask(pair, '/', { method: 'HEAD' });
    expect(status).toBe(200);
    expect(Number(headers['content-length'])).toBeGreaterThan(500);
    expect(body.byteLength).toBe(0);
  });
});

describe('GET /bytes/N', () => {
  const expected = (start: number, octets: number) =>
    Buffer.from(Array.from({ length: octets }, (_, i) => (start + i) % 251));

  it.each([0, 1, 251, 260_640, 260_641, 3_000_000])('sends %i octets', async (octets) => {
    const { status, headers, body } = await ask(pair, `/bytes/${octets}`);
    expect(status).toBe(200);
    expect(headers['content-length']).toBe(String(octets));
    expect(body.equals(expected(0, octets))).toBe(true);
  });

  it.each([
    ['bytes=0-0', 0, 1, 'bytes 0-0/1000'],
    ['bytes=990-', 990, 10, 'bytes 990-999/1000'],
    ['bytes=-300', 700, 300, 'bytes 700-999/1000'],
    ['bytes=500-5000', 500, 500, 'bytes 500-999/1000'],
  ])('sends the range %s (RFC 9110 14.2)', async (range, start, octets, contentRange) => {
    const { status, headers, body } = await ask(pair, '/bytes/1000', { headers: { range } });
    expect(status).toBe(206);
    expect(headers['content-range']).toBe(contentRange);
    expect(body.equals(expected(start, octets))).toBe(true);
  });

  it.each(['bytes=1000-', 'bytes=-0'])('refuses the range %s', async (range) => {
    const { status, headers } = await ask(pair, '/bytes/1000', { headers: { range } });
    expect(status).toBe(416);
    expect(headers['content-range']).toBe('bytes */1000');
  });

  it.each(['bytes=5-2', 'bytes=0-1,4-5', 'lines=1-2', 'bytes=a-'])(
    'sends everything if the range is %s, which it need not understand',
    async (range) => {
      const { status, body } = await ask(pair, '/bytes/1000', { headers: { range } });
      expect(status).toBe(200);
      expect(body.byteLength).toBe(1000);
    },
  );

  it('takes the largest whole number, and sends a range at its end', async () => {
    const last = Number.MAX_SAFE_INTEGER - 1;
    const headers = { range: `bytes=${last}-` };
    const answer = await ask(pair, `/bytes/${Number.MAX_SAFE_INTEGER}`, { headers });
    expect(answer.status).toBe(206);
    expect(answer.body.equals(Buffer.of(last % 251))).toBe(true);
  });

  it.each(['9007199254740992', '-1', '1.5', 'x', ''])('refuses N = %s', async (text) => {
    const { status, body } = await ask(pair, `/bytes/${text}`);
    expect(status).toBe(400);
    expect(String(body)).toContain('2^53 - 1');
  });

  it('stops sending when the client goes away', async () => {
    const socket = pair.client.net.connect(80, SERVER);
    socket.write('GET /bytes/9007199254740991 HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(socket, 'data');
    socket.resetAndDestroy();
    await ask(pair, '/bytes/10');
    expect(pair.application.counters()['http_failed']).toBe(0);
  });
});

describe('POST', () => {
  const body = Buffer.alloc(1_000_000, 'all of this goes up and comes back\n');

  it('/echo sends the body back', async () => {
    const headers = { 'content-type': 'text/x-test' };
    const answer = await ask(pair, '/echo', { method: 'POST', headers }, body);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/x-test');
    expect(answer.body.equals(body)).toBe(true);
  });

  it('/sha256 sends the hash of the body, also for a chunked body', async () => {
    const wanted = createHash('sha256').update(body).digest('hex');
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      const answer = await ask(pair, '/sha256', { method: 'POST', headers }, body);
      expect(String(answer.body)).toBe(`${wanted}\n`);
    }
  });

  it.each(['/', '/bytes/1', '/files/'])('is refused by %s', async (path) => {
    const { status, headers } = await ask(pair, path, { method: 'POST' }, 'x');
    expect(status).toBe(405);
    expect(headers.allow).toBe('GET, HEAD');
  });

  it.each(['/echo', '/sha256'])('is what %s takes, not GET', async (path) => {
    const { status, headers } = await ask(pair, path);
    expect(status).toBe(405);
    expect(headers.allow).toContain('POST');
  });

  it('refuses a body with an unsafe length', async () => {
    const headers = { 'content-length': '9007199254740993' };
    const socket = pair.client.net.connect({ host: SERVER, port: 80, allowHalfOpen: true });
    socket.write(
      `POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: ${headers['content-length']}\r\n\r\n`,
    );
    expect(String(await readAll(socket))).toMatch(/^HTTP\/1.1 413 /);
  });
});

describe('The HTTP server', () => {
  it('answers 404 with the known paths for other paths', async () => {
    const { status, body } = await ask(pair, '/nothing');
    expect(status).toBe(404);
    expect(String(body)).toContain('/bytes/N');
  });

  it('answers 400 to input that is not HTTP, and closes', async () => {
    const socket = pair.client.net.connect({ host: SERVER, port: 80, allowHalfOpen: true });
    socket.end('nonsense\r\n\r\n');
    expect(String(await readAll(socket))).toMatch(/^HTTP\/1.1 400 /);
  });

  it('answers pipelined requests in order', async () => {
    const socket = pair.client.net.connect({ host: SERVER, port: 80, allowHalfOpen: true });
    const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n`;
    socket.end(`${get('/bytes/3')}\r\n${get('/bytes/5')}connection: close\r\n\r\n`);
    const text = (await readAll(socket)).toString('latin1');
    expect(text.match(/content-length: \d+/g)).toEqual(['content-length: 3', 'content-length: 5']);
  });

  it('serves 100 connections at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => ask(pair, `/bytes/${index * 100}`)),
    );
    expect(answers.map(({ body }) => body.byteLength)).toEqual(answers.map((_, i) => i * 100));
  });
});

describe('The service', () => {
  it('is healthy while its ports are open, and counts', async () => {
    expect(pair.application.health()).toEqual({ ok: true, reasons: [] });
    const reply = await askControl(
      pair.bus,
      'server',
      'application',
      { kind: 'counters' },
      'counters',
    );
    expect(reply.counters['http_requests']).toBeGreaterThan(0);
  });
});
