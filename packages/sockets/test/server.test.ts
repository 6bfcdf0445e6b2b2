import { createPair, next } from './support.ts';

describe('Server', () => {
  it('has an address while it listens, and emits close after its last connection', async () => {
    const pair = createPair();
    const server = pair.server.net.createServer().listen({ port: 0, host: '192.0.2.2' });
    expect(server.listening).toBe(false);
    await next(server, 'listening');
    const { port } = server.address()!;
    expect(server.address()).toEqual({ address: '192.0.2.2', family: 'IPv4', port });
    const accepted = next(server, 'connection');
    const client = pair.client.net.connect(port, '192.0.2.2');
    await accepted;
    let closed = false;
    const whenClosed = new Promise<void>((resolve) =>
      server.close(() => {
        closed = true;
        resolve();
      }),
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toBe(false);
    client.destroy();
    await whenClosed;
    expect(server.address()).toBeNull();
  });

  it('reports a taken port as EADDRINUSE', async () => {
    const pair = createPair();
    pair.server.net.createServer().listen(80);
    const second = pair.server.net.createServer().listen(80, '192.0.2.2');
    const [error] = await next(second, 'error');
    expect(error).toMatchObject({ code: 'EADDRINUSE', syscall: 'listen', port: 80 });
    second.listen(81);
    await next(second, 'listening');
  });

  it('closes connections beyond maxConnections and reports them', async () => {
    const pair = createPair();
    const server = pair.server.net.createServer().listen(80);
    server.maxConnections = 1;
    const first = pair.client.net.connect(80, '192.0.2.2');
    await next(server, 'connection');
    const second = pair.client.net.connect(80, '192.0.2.2');
    const dropped = next(server, 'drop');
    second.resume();
    expect(await next(second, 'close')).toEqual([false]);
    expect((await dropped)[0]).toMatchObject({ localPort: 80, remoteFamily: 'IPv4' });
    server.getConnections((_error, count) => expect(count).toBe(1));
    first.destroy();
  });

  it('refuses to listen twice and to close when it does not run', async () => {
    const pair = createPair();
    const server = pair.server.net.createServer().listen(80);
    expect(() => server.listen(81)).toThrow(
      expect.objectContaining({ code: 'ERR_SERVER_ALREADY_LISTEN' }),
    );
    server.close();
    const error = await new Promise((resolve) => server.close(resolve));
    expect(error).toMatchObject({ code: 'ERR_SERVER_NOT_RUNNING' });
  });

  it('refuses an invalid port', () => {
    const pair = createPair();
    expect(() => pair.server.net.createServer().listen(70000)).toThrow(
      expect.objectContaining({ code: 'ERR_SOCKET_BAD_PORT' }),
    );
  });

  it('emits paused sockets with pauseOnConnect', async () => {
    const pair = createPair();
    const server = pair.server.net.createServer({ pauseOnConnect: true }).listen(80);
    pair.client.net.connect(80, '192.0.2.2').write('x');
    const [socket] = (await next(server, 'connection')) as [{ isPaused(): boolean }];
    expect(socket.isPaused()).toBe(true);
  });

  it('reports a listener that transport closed', async () => {
    const pair = createPair();
    const server = pair.server.net.createServer().listen(80);
    await next(server, 'listening');
    const listen = pair.transport.requests[0]!;
    const failed = next(server, 'error');
    pair.transport.indicate({
      kind: 'closed',
      socket: listen.socket,
      endpoint: 'server',
      reason: 'shut down',
      detail: 'transport restarted',
    });
    expect((await failed)[0]).toMatchObject({ code: 'ENETDOWN', syscall: 'listen' });
    expect(server.listening).toBe(false);
  });
});
