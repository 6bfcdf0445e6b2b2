import { once } from 'node:events';
import { SILENT } from '@strata/runtime';
import { attachHttp, createStack } from '@strata/sockets';
import { createHttpServer } from '../src/http/server.ts';
import { type Pair, startPair } from './pair.ts';
import { connectRaw, exchange, readAll } from './request.ts';

let pair: Pair;

beforeAll(async () => {
  pair = await startPair();
});

afterAll(async () => {
  await pair.stop();
});

const count = (text: string, what: RegExp) => text.match(what)?.length ?? 0;

describe('Input that is not a request', () => {
  it.each([
    ['nonsense', 'nonsense\r\n\r\n', 400],
    ['no target', 'GET  HTTP/1.1\r\nhost: x\r\n\r\n', 400],
    ['header fields beyond the limit', `GET / HTTP/1.1\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    [
      'chunk extensions beyond the limit',
      `POST /sha256 HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1;${'a'.repeat(20_000)}`,
      413,
    ],
    [
      'a body that ends early',
      'POST /sha256 HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n0123456789',
      400,
    ],
  ])('is answered and the connection closed: %s', async (_, octets, status) => {
    const text = await exchange(pair, octets, true);
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} [A-Z]`));
    expect(text).toMatch(/\r\nconnection: close\r\n/i);
    expect(count(text, /HTTP\/1\.1/g)).toBe(1);
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1]);
    expect(text.split('\r\n\r\n')[1]).toHaveLength(length);
  });

  it('is also answered for a client that keeps sending: the close does not destroy the answer (RFC 9112 9.6)', async () => {
    const socket = connectRaw(pair);
    socket.write('nonsense\r\n\r\n');
    await once(socket, 'readable');
    for (let i = 0; i < 20; i += 1) socket.write(Buffer.alloc(10_000, 'more\r\n'));
    expect(String(await readAll(socket))).toMatch(/^HTTP\/1.1 400 /);
    socket.end();
    await once(socket, 'close');
  });

  it('is counted', async () => {
    const before = pair.application.counters()['http_refused']!;
    await exchange(pair, 'nonsense\r\n\r\n', true);
    expect(pair.application.counters()['http_refused']).toBe(before + 1);
  });

  it('is not answered inside the body of an incomplete echo', async () => {
    const socket = connectRaw(pair);
    socket.write('POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n0123456789');
    await once(socket, 'readable');
    socket.end();
    const text = String(await readAll(socket));
    expect(text).toMatch(/^HTTP\/1.1 200 OK\r\n.*\r\n\r\n0123456789$/s);
  });

  it('cuts off an answer in progress, and writes nothing into it', async () => {
    const octets = 30_000_000;
    const socket = connectRaw(pair);
    socket.write(`GET /bytes/${octets} HTTP/1.1\r\nhost: x\r\n\r\n`);
    await once(socket, 'readable');
    socket.write('GARBAGE\r\n\r\n');
    const text = (await readAll(socket)).toString('latin1');
    expect(text.length).toBeLessThan(octets);
    expect(count(text, /HTTP\/1\.1/g)).toBe(1);
    expect(text.slice(-1).charCodeAt(0)).toBe((text.split('\r\n\r\n')[1]!.length - 1) % 251);
    socket.destroy();
  });

  it('cuts off with RST where only the end of the connection ends the answer (RFC 9112 6.3)', async () => {
    const socket = connectRaw(pair);
    socket.write('POST /echo HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n');
    await once(socket, 'readable');
    socket.write('no size\r\n');
    await expect(readAll(socket)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('is answered after a complete answer', async () => {
    const socket = connectRaw(pair);
    socket.write('GET /bytes/5 HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(socket, 'readable');
    socket.end('GARBAGE\r\n\r\n');
    const text = (await readAll(socket)).toString('latin1');
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
  });

  it('gets no second answer if it is in the body of an answered request', async () => {
    const socket = connectRaw(pair);
    socket.write('POST /bytes/5 HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
    await once(socket, 'readable');
    socket.write('no size\r\n');
    const text = (await readAll(socket)).toString('latin1');
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 405']);
    socket.destroy();
  });
});

describe('A request that takes too long', () => {
  it('is answered with 408 (RFC 9110 15.5.9)', async () => {
    const stack = createStack({ bus: pair.bus, stack: 'server' });
    const { server } = createHttpServer({
      stack: 'server',
      files: undefined,
      log: SILENT,
      limits: { headersTimeout: 20, connectionsCheckingInterval: 10 },
    });
    const listener = stack.net.createServer();
    attachHttp(listener, server);
    listener.listen(8080);
    await once(listener, 'listening');
    const socket = connectRaw(pair, 8080);
    socket.write('GET / HTTP/1.1\r\nhost:');
    expect(String(await readAll(socket))).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/);
    socket.destroy();
    server.close();
    await stack.close();
  });
});

describe('The framing of a body (RFC 9112 6.3)', () => {
  const post = (headers: string, version = '1.1') =>
    exchange(
      pair,
      `POST /sha256 HTTP/${version}\r\nhost: x\r\n${headers}\r\n1\r\na\r\n0\r\n\r\n`,
      true,
    );

  it.each([
    ['two lengths', 'content-length: 1\r\ncontent-length: 2\r\n'],
    ['one length twice', 'content-length: 1\r\ncontent-length: 1\r\n'],
    ['a length and a transfer coding', 'content-length: 1\r\ntransfer-encoding: chunked\r\n'],
    ['a transfer coding and a length', 'transfer-encoding: chunked\r\ncontent-length: 1\r\n'],
    ['a length with a sign', 'content-length: +1\r\n'],
    ['a transfer coding that does not end in chunked', 'transfer-encoding: chunked, gzip\r\n'],
    ['a transfer coding that is not known', 'transfer-encoding: xchunked\r\n'],
    ['a space before the colon', 'transfer-encoding : chunked\r\n'],
  ])('is refused if a proxy might see another one: %s', async (_, headers) => {
    const text = await post(headers);
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
  });

  it('of HTTP/1.0 by a transfer coding ends the connection, whatever the client asks (RFC 9112 6.1)', async () => {
    const text = await exchange(
      pair,
      'POST /sha256 HTTP/1.0\r\nconnection: keep-alive\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.0\r\n\r\n',
    );
    expect(text).toMatch(/^HTTP\/1.1 200 OK\r\n.*\r\nconnection: close\r\n/is);
    expect(count(text, /HTTP\/1\.1/g)).toBe(1);
  });
});
