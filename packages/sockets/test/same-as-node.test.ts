import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { describeNodeAndOurs, type Sockets } from './node-and-ours.ts';

/** A server that listens, and its port. */
async function listen(sockets: Sockets, options = {}): Promise<{ server: Server; port: number }> {
  const server = sockets.net.createServer(options).listen(0, sockets.host);
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

/** A connection: the client's end and the server's. The listener is closed. */
async function connect(sockets: Sockets, options = {}): Promise<[near: Socket, far: Socket]> {
  const { server, port } = await listen(sockets, options);
  const near = sockets.client.connect({ port, host: sockets.host, ...options });
  const [[far]] = await Promise.all([once(server, 'connection'), once(near, 'connect')]);
  server.close();
  return [near, far as Socket];
}

describeNodeAndOurs('A server', (create) => {
  it('closes after its last connection, even if a program has removed all listeners of that connection', async () => {
    const sockets = create();
    const { server, port } = await listen(sockets);
    server.on('connection', (socket: Socket) => socket.removeAllListeners().resume());
    const near = sockets.client.connect(port, sockets.host);
    await once(server, 'connection');
    const count = () => new Promise((resolve) => server.getConnections((_, n) => resolve(n)));
    expect(await count()).toBe(1);
    const closed = new Promise((resolve) => server.close(resolve));
    near.end();
    near.resume();
    await closed;
    expect(await count()).toBe(0);
  });

  it.each<[string, (sockets: Sockets, take: (socket: Socket) => void) => Server]>([
    ['new Server(fn)', ({ net }, take) => new net.Server(take)],
    ['new Server(null, fn)', ({ net }, take) => new net.Server(null as never, take)],
    ['new Server({}, fn)', ({ net }, take) => new net.Server({}, take)],
    ['createServer(fn)', ({ net }, take) => net.createServer(take)],
    ['createServer({}, fn)', ({ net }, take) => net.createServer({}, take)],
  ])('made by %s hands connections to the function', async (_form, make) => {
    const sockets = create();
    let server!: Server;
    const taken = new Promise<Socket>((resolve) => {
      server = make(sockets, resolve).listen(0, sockets.host);
    });
    await once(server, 'listening');
    const near = sockets.client.connect((server.address() as AddressInfo).port, sockets.host);
    (await taken).destroy();
    near.destroy();
    server.close();
  });

  it('refuses options that are not an object', () => {
    const { net } = create();
    expect(() => new net.Server(5 as never)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
    );
  });

  it.each([{}, { exclusive: true }, { exclusive: false }])(
    'cannot listen on the port of another server, with %j, and may use another port',
    async (options) => {
      const sockets = create();
      const { server: first, port } = await listen(sockets);
      for (const host of [sockets.host, '0.0.0.0']) {
        const second = sockets.net.createServer();
        second.listen({ port, host, ...options });
        const [error] = await once(second, 'error');
        expect(error).toMatchObject({ code: 'EADDRINUSE', syscall: 'listen', address: host, port });
        expect((error as Error).message).toMatch(/^listen EADDRINUSE/);
        expect(second.listening).toBe(false);
        await once(second.listen(0, sockets.host), 'listening');
        second.close();
      }
      expect(first.listening).toBe(true);
      first.close();
      await once(first, 'close');
      const next = sockets.net.createServer().listen(port, sockets.host);
      await once(next, 'listening');
      next.close();
    },
  );

  it('has its port to itself: no connection uses it as its local port', async () => {
    const sockets = create();
    const { server, port } = await listen(sockets);
    const { host } = sockets;
    const socket = sockets.net.connect({ port, host, localAddress: host, localPort: port });
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code: 'EADDRINUSE', syscall: 'bind', address: host, port });
    server.close();
  });

  it('ends connections beyond maxConnections without an error', async () => {
    const sockets = create();
    const { server, port } = await listen(sockets);
    server.maxConnections = 1;
    const first = sockets.client.connect(port, sockets.host);
    await once(server, 'connection');
    const dropped = once(server, 'drop');
    const second = sockets.client.connect(port, sockets.host).resume();
    const seen: string[] = [];
    for (const event of ['connect', 'end', 'error']) second.on(event, () => seen.push(event));
    expect(await once(second, 'close')).toEqual([false]);
    expect(seen).toEqual(['connect', 'end']);
    const [drop] = await dropped;
    expect(drop).toEqual({
      localAddress: sockets.host,
      localPort: port,
      localFamily: 'IPv4',
      remoteAddress: first.localAddress,
      remotePort: expect.any(Number),
      remoteFamily: 'IPv4',
    });
    first.destroy();
    server.close();
  });
});

const BEFORE_CONNECTION = 'ERR_SOCKET_CLOSED_BEFORE_CONNECTION';

describeNodeAndOurs('A socket', (create) => {
  it('knows its peer while it is open, and after its end if it was asked before', async () => {
    const sockets = create();
    const { server, port } = await listen(sockets);
    const known = ({ remoteAddress, remotePort, remoteFamily }: Socket) => [
      remoteAddress,
      remotePort,
      remoteFamily,
    ];
    const nothing = [undefined, undefined, undefined];
    const asked = sockets.client.connect(port, sockets.host);
    const unasked = sockets.client.connect(port, sockets.host);
    expect(known(asked)).toEqual(nothing);
    expect(asked.address()).toEqual({});
    await Promise.all([once(asked, 'connect'), once(unasked, 'connect')]);
    const peer = [sockets.host, port, 'IPv4'];
    expect(known(asked)).toEqual(peer);
    expect(asked.localPort).toEqual(expect.any(Number));
    asked.destroy();
    unasked.destroy();
    expect(known(asked)).toEqual(peer);
    expect(known(unasked)).toEqual(nothing);
    expect([asked.localAddress, asked.localPort, asked.address()]).toEqual([
      undefined,
      undefined,
      {},
    ]);
    expect([asked.pending, asked.connecting, asked.readyState]).toEqual([true, false, 'closed']);
    server.close();
  });

  it.each<[string, (socket: Socket) => Promise<unknown> | undefined]>([
    ['that was closed', (socket) => once(socket.destroy(), 'close')],
    ['that was destroyed just now', (socket) => void socket.destroy()],
    [
      'that both sides have ended',
      (socket) => {
        socket.end();
        return once(socket.resume(), 'close');
      },
    ],
  ])('%s connects again', async (_state, finish) => {
    const sockets = create();
    const { server, port } = await listen(sockets);
    server.on('connection', (socket: Socket) => socket.pipe(socket));
    const socket = sockets.client.connect(port, sockets.host);
    await once(socket, 'connect');
    socket.write('before');
    await once(socket, 'data');
    await finish(socket);
    let connected = 0;
    socket.connect({ port, host: sockets.host }, () => {
      connected += 1;
    });
    expect([socket.connecting, socket.destroyed, socket.bytesWritten]).toEqual([true, false, 0]);
    await once(socket, 'connect');
    expect(connected).toBe(1);
    socket.write('again');
    expect(String((await once(socket, 'data'))[0])).toBe('again');
    expect([socket.bytesRead, socket.bytesWritten]).toEqual([5, 5]);
    socket.destroy();
    server.close();
  });

  it('connects again after a refusal', async () => {
    const sockets = create();
    const { server, port } = await listen(sockets);
    const { server: gone, port: noPort } = await listen(sockets);
    gone.close();
    await once(gone, 'close');
    const socket = sockets.client.connect(noPort, sockets.host);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED', port: noPort, address: sockets.host });
    expect(await closed).toBe(true);
    await once(socket.connect(port, sockets.host), 'connect');
    socket.destroy();
    server.close();
  });

  it('accepts null as no options', () => {
    const { net } = create();
    expect(new net.Socket(null as never).allowHalfOpen).toBe(false);
  });

  it('that is connecting refuses a second connect()', async () => {
    const sockets = create();
    const { server, port } = await listen(sockets);
    const socket = sockets.client.connect(port, sockets.host);
    socket.connect(port, sockets.host);
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code: 'EALREADY', syscall: 'connect' });
    server.close();
  });

  it('tells waiting writes that it was closed before it was open', async () => {
    const sockets = create();
    const { server, port } = await listen(sockets);
    const socket = sockets.client.connect(port, sockets.host);
    const told: unknown[] = [];
    const tell = (error?: Error | null) => told.push((error as NodeJS.ErrnoException)?.code);
    socket.write('one', tell);
    socket.write('two', tell);
    socket.end(tell);
    socket.destroy();
    await once(socket, 'close');
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).toEqual([BEFORE_CONNECTION, BEFORE_CONNECTION, BEFORE_CONNECTION]);
    server.close();
  });

  it('that was never connected accepts no data', async () => {
    const { net } = create();
    const socket = new net.Socket();
    const failed = once(socket, 'error');
    const written = await new Promise((resolve) => socket.write('x', resolve));
    expect(written).toMatchObject({ code: 'ERR_SOCKET_CLOSED' });
    expect((await failed)[0]).toBe(written);
  });

  it('counts each written octet once, during the write and after it', async () => {
    const [near, far] = await connect(create());
    const big = Buffer.alloc(20_000_000);
    const written = new Promise((resolve) => near.write(big, resolve));
    expect(near.bytesWritten).toBe(big.byteLength);
    near.write('more');
    expect(near.bytesWritten).toBe(big.byteLength + 4);
    far.resume();
    await written;
    expect(near.bytesWritten).toBe(big.byteLength + 4);
    near.end('!');
    await once(far, 'end');
    expect(near.bytesWritten).toBe(big.byteLength + 5);
    expect(far.bytesRead).toBe(big.byteLength + 5);
  });

  it('counts a write that destroy() interrupted, but no later write', async () => {
    const [near, far] = await connect(create());
    const big = Buffer.alloc(20_000_000);
    near.write(big);
    near.write('never begun');
    far.pause();
    near.destroy();
    await once(near, 'close');
    expect(near.bytesWritten).toBe(big.byteLength);
    far.on('error', () => {}).destroy();
  });

  it.each([null, undefined])('takes %s for an option that is not given', async (none) => {
    const sockets = create();
    const { server, port } = await listen(sockets);
    const options = {
      localAddress: none,
      localPort: none,
      lookup: none,
      timeout: none,
      noDelay: none,
      keepAlive: none,
      allowHalfOpen: none,
    };
    const socket = sockets.client.connect({ port, host: sockets.host, ...options } as never);
    await once(socket, 'connect');
    expect(socket.timeout).toBeUndefined();
    socket.destroy();
    server.close();
  });

  it.each([
    [{ localAddress: 'nowhere' }, 'ERR_INVALID_IP_ADDRESS'],
    [{ localPort: '5' }, 'ERR_INVALID_ARG_TYPE'],
  ])('refuses %j', (options, code) => {
    const { client, host } = create();
    expect(() => client.connect({ port: 1, host, ...options } as never)).toThrow(
      expect.objectContaining({ code }),
    );
  });
});

describeNodeAndOurs('A datagram socket', (create) => {
  const numbers = new Uint16Array([0x0201, 0x0403, 0x0605]);

  it.each<[string, unknown, number[]]>([
    ['a DataView', new DataView(numbers.buffer, 1, 3), [2, 3, 4]],
    ['an array of numbers of two octets', numbers.subarray(1), [3, 4, 5, 6]],
    [
      'a list of views of all kinds and a string',
      [new DataView(numbers.buffer, 5), numbers.subarray(0, 1), Buffer.from('b'), 'c'],
      [6, 1, 2, 0x62, 0x63],
    ],
  ])('sends %s as its octets', async (_what, message, octets) => {
    const { dgram, host } = create();
    const socket = dgram.createSocket('udp4');
    socket.bind(0, host);
    await once(socket, 'listening');
    socket.send(message as Buffer, socket.address().port, host);
    const [received] = await once(socket, 'message');
    expect([...(received as Buffer)]).toEqual(octets);
    socket.close();
  });

  it.each([[null], [0, null], [undefined]])(
    'is bound to any free port by bind(%j, %j)',
    async (...args) => {
      const socket = create().dgram.createSocket('udp4');
      await once((socket.bind as (...all: unknown[]) => typeof socket)(...args), 'listening');
      expect(socket.address()).toMatchObject({ address: '0.0.0.0', port: expect.any(Number) });
      socket.close();
    },
  );

  it('emits connect after connect() has returned, even if its port is already open', async () => {
    const { dgram, host } = create();
    const socket = dgram.createSocket('udp4');
    await once(socket.bind(0, host), 'listening');
    let hasReturned = false;
    const connected = new Promise((resolve) => {
      socket.connect(9, host, () => resolve(hasReturned));
    });
    hasReturned = true;
    expect(await connected).toBe(true);
    socket.close();
  });

  it('cannot bind the port of another socket, unless both reuse the address', async () => {
    const { dgram, host } = create();
    const bind = async (port: number, reuseAddr: boolean) => {
      const socket = dgram.createSocket({ type: 'udp4', reuseAddr });
      await once(socket.bind(port, host), 'listening');
      return socket;
    };
    for (const reuseAddr of [false, true]) {
      const first = await bind(0, reuseAddr);
      const { port } = first.address();
      const refused = { code: 'EADDRINUSE', syscall: 'bind', address: host, port };
      await expect(bind(port, !reuseAddr)).rejects.toMatchObject(refused);
      if (reuseAddr) (await bind(port, true)).close();
      else await expect(bind(port, false)).rejects.toMatchObject(refused);
      first.close();
    }
  });

  it.each([5, {}, [5], [new ArrayBuffer(2)], [Buffer.from('a'), 5]].map((one) => [one]))(
    'refuses %j',
    (message) => {
      const { dgram, host } = create();
      const socket = dgram.createSocket('udp4');
      expect(() => socket.send(message as never, 9, host)).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
      );
      socket.close();
    },
  );
});
