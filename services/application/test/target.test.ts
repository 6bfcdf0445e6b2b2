import { parseTarget } from '../src/http/target.ts';
import { type Pair, startPair } from './pair.ts';
import { exchange } from './request.ts';

let pair: Pair;

beforeAll(async () => {
  pair = await startPair();
});

afterAll(async () => {
  await pair.stop();
});

async function answer(line: string, headers = 'host: x\r\n') {
  const text = await exchange(pair, `${line}\r\n${headers}connection: close\r\n\r\n`, true);
  const [head = '', body = ''] = text.split('\r\n\r\n');
  return { status: Number(/^HTTP\/1.1 (\d+)/.exec(head)?.[1]), head, body };
}

describe('The request target (RFC 9112 3.2)', () => {
  it.each([
    '/',
    '/bytes/12',
    '/files/',
    '/a-b_c~d/e',
    '//bytes/5',
    '/a//b',
    '/x/../bytes/5',
    '/./y',
    '/a%2fb',
    '/a?b/../c',
    '/ü',
    '/a b',
    '/a\\b',
    '/bytes/5#x',
  ])('has the same path as a URL parser gives, plain or not: %s', (target) => {
    const { pathname } = new URL(`http://stack${target.replace(/^\/+/, '/')}`);
    expect(parseTarget('GET', target)).toEqual({ kind: 'resource', path: pathname });
  });

  it.each([
    'http://192.0.2.2/bytes/5',
    'HTTP://192.0.2.2:80/bytes/5?a=b',
    'http://example.com/x/../bytes/5',
    'http://[2001:db8::1]:8080/bytes/5',
  ])('may be an absolute URL: %s (3.2.2, MUST)', async (url) => {
    const { status, body } = await answer(`GET ${url} HTTP/1.1`);
    expect(status).toBe(200);
    expect(body).toBe('\u0000\u0001\u0002\u0003\u0004');
  });

  it('as an absolute URL without a path has the path / (3.2.1)', async () => {
    const { status, head } = await answer('HEAD http://192.0.2.2?a HTTP/1.1');
    expect(status).toBe(200);
    expect(head).toContain('text/html');
  });

  it('as an absolute URL overrides Host, which must still be well formed (3.2, 3.2.2)', async () => {
    const line = 'GET http://192.0.2.2/bytes/5 HTTP/1.1';
    expect((await answer(line, 'host: other.example\r\n')).status).toBe(200);
    expect((await answer(line, 'host: a\r\nhost: b\r\n')).status).toBe(400);
    expect((await answer(line, '')).status).toBe(400);
  });

  it.each([
    ['https://192.0.2.2/', 421],
    ['ftp://192.0.2.2/', 421],
    ['http:///bytes/5', 400],
    ['http://user@192.0.2.2/bytes/5', 400],
    ['http://192.0.2.2:99999/bytes/5', 400],
    ['*', 400],
    ['bytes/5', 400],
  ])('is refused: %s', async (url, status) => {
    expect((await answer(`GET ${url} HTTP/1.1`)).status).toBe(status);
  });

  it.each(['*', 'http://192.0.2.2'])(
    'of OPTIONS may be the server as a whole: %s (3.2.4)',
    async (target) => {
      const { status, head } = await answer(`OPTIONS ${target} HTTP/1.1`);
      expect(status).toBe(204);
      expect(head).toMatch(/\r\nallow: GET, HEAD, POST, PUT, OPTIONS\r\n/);
    },
  );

  it.each([
    ['192.0.2.9:443', 501],
    ['example.com:80', 501],
    ['example.com', 400],
    ['example.com:0', 400],
    ['example.com:65536', 400],
    [':80', 400],
    ['[::1]', 400],
  ])('of CONNECT is refused with an answer: %s (RFC 9110 9.3.6)', async (target, status) => {
    const { status: got, head } = await answer(`CONNECT ${target} HTTP/1.1`);
    expect(got).toBe(status);
    expect(head).toContain('connection: close');
  });

  it('of CONNECT is not answered inside another answer', async () => {
    const text = await exchange(
      pair,
      'GET /bytes/3000000 HTTP/1.1\r\nhost: x\r\n\r\nCONNECT a:80 HTTP/1.1\r\nhost: a:80\r\n\r\n',
    );
    expect(text).not.toContain('501');
  });
});

describe('The Host field (RFC 9112 3.2, MUST)', () => {
  it.each([
    ['two fields', 'host: a\r\nhost: b\r\n'],
    ['the same twice', 'host: a\r\nHOST: a\r\n'],
    ['none', ''],
    ['a space within', 'host: a b\r\n'],
    ['a path', 'host: a/b\r\n'],
    ['user information', 'host: user@a\r\n'],
    ['a port that is no number', 'host: a:b\r\n'],
    ['a port beyond 65,535', 'host: a:65536\r\n'],
    ['several in one', 'host: a, b\r\n'],
    ['an address that is not closed', 'host: [::1\r\n'],
  ])('is answered with 400: %s', async (_, headers) => {
    const { status, head } = await answer('GET /bytes/5 HTTP/1.1', headers);
    expect(status).toBe(400);
    expect(head).toMatch(/\r\nconnection: close(\r\n|$)/i);
  });

  it.each([
    'host: 192.0.2.2\r\n',
    'host: a_b.example:8080\r\n',
    'host: [::1]:80\r\n',
    'host: a:\r\n',
    'host:\r\n',
  ])('is taken: %j', async (headers) => {
    expect((await answer('GET /bytes/5 HTTP/1.1', headers)).status).toBe(200);
  });

  it('may be missing in HTTP/1.0, but may not appear twice', async () => {
    expect((await answer('GET /bytes/5 HTTP/1.0', '')).status).toBe(200);
    expect((await answer('GET /bytes/5 HTTP/1.0', 'host: a\r\nhost: b\r\n')).status).toBe(400);
  });
});
