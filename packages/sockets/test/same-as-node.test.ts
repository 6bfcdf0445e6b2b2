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
  it('closes behind its last connection, also where a program has removed all listeners of that', async () => {
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
});

describeNodeAndOurs('A socket', (create) => {
  it('knows both ends once it is open', async () => {
    const [near, far] = await connect(create());
    expect(near.remotePort).toBe(far.localPort);
    near.destroy();
    far.destroy();
  });
});
