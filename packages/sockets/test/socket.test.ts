import { ipv4Address } from '@strata/wire';
import { isImmutable, shareImmutable } from '../src/index.ts';
import { connectPair, createPair, next, pattern, readAll, until } from './support.ts';

describe('Socket', () => {
  it('connects, and both ends know their addresses', async () => {
    const { near, far } = await connectPair(createPair());
    expect(near.readyState).toBe('open');
    expect(near.pending).toBe(false);
    expect(near.remoteAddress).toBe('192.0.2.2');
    expect(near.remoteFamily).toBe('IPv4');
    expect(near.localAddress).toBe('192.0.2.3');
    expect(far.remotePort).toBe(near.localPort);
    expect(far.address()).toEqual({
      address: '192.0.2.2',
      family: 'IPv4',
      port: near.remotePort,
    });
    near.destroy();
    far.destroy();
  });

  it('carries much data both ways within the credits, byte for byte', async () => {
    const { near, far } = await connectPair(createPair(20000));
    const data = pattern(1_000_000);
    far.pipe(far);
    near.end(data);
    expect((await readAll(near)).equals(data)).toBe(true);
    expect(near.bytesWritten).toBe(data.byteLength);
    expect(near.bytesRead).toBe(data.byteLength);
  });

  it('gives no more credit than its window if the reader stops', async () => {
    const pair = createPair(20000);
    const { near, far } = await connectPair(pair);
    near.pause();
    far.write(pattern(100_000));
    await until(() => near.bytesRead >= 20000);
    // More data than the credit would arrive within two turns.
    for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(near.bytesRead).toBe(20000);
    expect(near.readableLength).toBe(20000);
    far.end();
    near.resume();
    expect((await readAll(near)).byteLength).toBe(100_000);
  });

  it('keeps extending the credit for a reader of small pieces', async () => {
    const { near, far } = await connectPair(createPair(8192));
    far.end(pattern(50_000));
    let octets = 0;
    near.on('readable', () => {
      for (;;) {
        const chunk = near.read(100) ?? near.read();
        if (chunk === null) break;
        octets += (chunk as Buffer).byteLength;
      }
    });
    await next(near, 'end');
    expect(octets).toBe(50_000);
  });

  it('lets the caller reuse a buffer after the callback of its write', async () => {
    const { near, far } = await connectPair(createPair());
    const buffer = Buffer.alloc(20_000, 'a');
    await new Promise((resolve) => near.write(buffer, resolve));
    buffer.fill('b');
    near.end();
    expect((await readAll(far)).every((octet) => octet === 0x61)).toBe(true);
  });

  it('sends memory that was declared immutable without a copy', async () => {
    const pair = createPair();
    const { near, far } = await connectPair(pair);
    const shared = shareImmutable(Buffer.from(pattern(10_000)));
    expect(isImmutable(shared.subarray(5))).toBe(true);
    near.end(shared);
    await readAll(far);
    const sent = pair.transport.requests.find((request) => request.kind === 'send');
    expect(sent?.kind === 'send' && sent.data.buffer === shared.buffer).toBe(true);
  });

  it('collects the small pieces of a corked write in one PDU', async () => {
    const pair = createPair();
    const { near, far } = await connectPair(pair);
    near.cork();
    for (const piece of ['HTTP/1.1 200 OK\r\n', 'content-length: 2\r\n\r\n', 'ok'])
      near.write(piece);
    near.uncork();
    near.end();
    await readAll(far);
    expect(pair.transport.requests.filter((request) => request.kind === 'send')).toHaveLength(1);
  });

  it('keeps data written before the connection is open', async () => {
    const pair = createPair();
    const listener = pair.server.net.createServer((socket) => socket.pipe(socket)).listen(7);
    const socket = pair.client.net.connect(7, '192.0.2.2');
    expect(socket.connecting).toBe(true);
    expect(socket.readyState).toBe('opening');
    socket.end('early');
    expect((await readAll(socket)).toString()).toBe('early');
    listener.close();
  });

  it("ends its side after the peer's end, unless half-open is allowed", async () => {
    const { near, far } = await connectPair(createPair());
    far.end();
    near.resume();
    const [hadError] = await next(near, 'close');
    expect(hadError).toBe(false);
    expect(near.writableFinished).toBe(true);
  });

  it("stays writable after the peer's end if half-open is allowed (RFC 9293 3.6)", async () => {
    const { near, far } = await connectPair(createPair(), { allowHalfOpen: true });
    far.resume();
    near.end('question');
    await next(far, 'end');
    expect(far.readyState).toBe('writeOnly');
    far.end('answer');
    expect((await readAll(near)).toString()).toBe('answer');
  });

  it.each([
    ['refused', 'ECONNREFUSED'],
    ['timed out', 'ETIMEDOUT'],
    ['host unreachable', 'EHOSTUNREACH'],
    ['network unreachable', 'ENETUNREACH'],
    ['no ports', 'EADDRNOTAVAIL'],
  ] as const)('reports a connect that ends %s as %s', async (reason, code) => {
    const pair = createPair();
    pair.transport.refusals.set(81, reason);
    const socket = pair.client.net.connect(81, '192.0.2.2');
    const closed = next(socket, 'close');
    const [error] = await next(socket, 'error');
    expect(error).toMatchObject({ code, syscall: 'connect', address: '192.0.2.2', port: 81 });
    expect((error as { errno: number }).errno).toBeLessThan(0);
    expect((error as Error).message).toBe(`connect ${code} 192.0.2.2:81`);
    expect(await closed).toEqual([true]);
  });

  it('reports a reset as ECONNRESET', async () => {
    const pair = createPair();
    const { near, far } = await connectPair(pair);
    far.resetAndDestroy();
    const [error] = await next(near, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET', syscall: 'read' });
    expect(near.destroyed).toBe(true);
  });

  it('continues after a soft error even without a listener (RFC 9293 3.9.1.8, SHLD-20)', async () => {
    const pair = createPair();
    const { near, far } = await connectPair(pair);
    const remote = { address: ipv4Address(0xc0000202), port: near.remotePort! };
    // Nobody listens for 'error', so it would be thrown if it were emitted.
    const to = { socket: near.socketId, endpoint: 'client' };
    const detail = 'ICMP type 3, code 1, from 192.0.2.9';
    pair.transport.indicate({ kind: 'error', ...to, reason: 'host unreachable', remote, detail });
    expect(near.destroyed).toBe(false);
    near.write('still there');
    expect(String((await next(far, 'data'))[0])).toBe('still there');
  });

  it("emits 'softError' for a soft error (RFC 9293 3.9.1.8, MUST-47)", async () => {
    const pair = createPair();
    const { near } = await connectPair(pair);
    const remote = { address: ipv4Address(0xc0000202), port: 80 };
    const to = { socket: near.socketId, endpoint: 'client' };
    const heard = next(near, 'softError');
    const detail = 'ICMP type 3, code 1, from 192.0.2.9';
    pair.transport.indicate({ kind: 'error', ...to, reason: 'host unreachable', remote, detail });
    const [error] = await heard;
    expect(error).toMatchObject({ code: 'EHOSTUNREACH', address: '192.0.2.2', port: 80 });
    expect((error as Error).message).toContain(detail);
    expect(near.destroyed).toBe(false);
  });

  it('closes with FIN on destroy() and with RST on resetAndDestroy(), as Node does', async () => {
    const pair = createPair();
    const first = await connectPair(pair);
    first.near.destroy();
    await next(first.near, 'close');
    expect(pair.transport.requests.at(-1)).toMatchObject({ kind: 'close' });
    const second = await connectPair(pair);
    second.near.resetAndDestroy();
    second.far.on('error', () => {});
    await next(second.near, 'close');
    expect(pair.transport.requests.at(-1)).toMatchObject({ kind: 'abort' });
  });

  it('aborts a connection attempt that is given up', async () => {
    const pair = createPair();
    const socket = pair.client.net.connect(9, '192.0.2.9');
    socket.on('error', () => {});
    socket.destroy();
    await next(socket, 'close');
    expect(pair.transport.requests.at(-1)).toMatchObject({ kind: 'abort' });
  });

  it('refuses names that it cannot resolve, and uses lookup if it is given', async () => {
    const pair = createPair();
    const unknown = pair.client.net.connect(80, 'strata.example');
    const [error] = await next(unknown, 'error');
    expect(error).toMatchObject({ code: 'ENOTFOUND' });
    const socket = pair.client.net.connect({
      port: 80,
      host: 'strata.example',
      lookup: (_name, _options, callback) => callback(null, '192.0.2.2', 4),
    });
    const [refused] = await next(socket, 'error');
    expect(refused).toMatchObject({ code: 'ECONNREFUSED', address: '192.0.2.2' });
  });

  it('emits timeout after the idle time and stays open', async () => {
    const { near, far } = await connectPair(createPair());
    near.setTimeout(5);
    expect(near.timeout).toBe(5);
    // A socket's timer does not keep the process alive, so something else must.
    const holder = setInterval(() => {}, 1000);
    await next(near, 'timeout');
    clearInterval(holder);
    expect(near.destroyed).toBe(false);
    near.destroy();
    far.destroy();
  });

  it('passes options on to transport', async () => {
    const pair = createPair();
    const { near, far } = await connectPair(pair);
    near.setNoDelay().setKeepAlive(true, 30_000);
    await new Promise((resolve) => setImmediate(resolve));
    const options = pair.transport.requests.flatMap((request) =>
      request.kind === 'set-options' ? [request.options] : [],
    );
    expect(options).toEqual([{ noDelay: true }, { keepAlive: true, keepAliveIdleMs: 30_000 }]);
    near.destroy();
    far.destroy();
  });

  it('drops duplicate octets, and resets if octets are missing', async () => {
    const pair = createPair();
    const { near, far } = await connectPair(pair);
    far.write('abc');
    const [first] = await next(near, 'data');
    expect(String(first)).toBe('abc');
    const { socketId: socket } = near;
    const data = Buffer.from('bcde');
    const more = next(near, 'data');
    far.on('error', () => {});
    pair.transport.indicate({ kind: 'data', socket, endpoint: 'client', offset: 1, data });
    expect(String((await more)[0])).toBe('de');
    const failed = next(near, 'error');
    pair.transport.indicate({ kind: 'data', socket, endpoint: 'client', offset: 9, data });
    expect((await failed)[0]).toMatchObject({ code: 'EPROTO' });
  });

  it('is forgotten when transport has closed it', async () => {
    const pair = createPair();
    const { near, far } = await connectPair(pair);
    near.end();
    near.resume();
    far.resume();
    await next(far, 'close');
    await pair.client.close();
    expect(pair.client.openSockets).toBe(0);
  });
});
