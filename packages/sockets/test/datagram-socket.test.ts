import { parseIpv4 } from '@strata/wire';
import type { DatagramSocket } from '../src/index.ts';
import { createPair, next } from './support.ts';

async function bound(socket: DatagramSocket, port = 0): Promise<DatagramSocket> {
  socket.bind(port);
  await next(socket, 'listening');
  return socket;
}

describe('DatagramSocket', () => {
  it('echoes a datagram and says where it came from', async () => {
    const pair = createPair();
    const server = await bound(
      pair.server.dgram.createSocket('udp4', (message, remote) => {
        server.send(message, remote.port, remote.address);
      }),
      7,
    );
    const client = pair.client.dgram.createSocket('udp4');
    const answered = next(client, 'message');
    client.send('hello', 7, '192.0.2.2');
    const [message, remote, local] = await answered;
    expect(String(message)).toBe('hello');
    expect(remote).toEqual({ address: '192.0.2.2', family: 'IPv4', port: 7, size: 5 });
    // An argument that Node does not have: the destination address (RFC 1122 4.1.3.5).
    expect(local).toMatchObject({ address: expect.any(String), port: client.address().port });
    server.close();
    client.close();
  });

  it.each([
    ['whole', (socket: DatagramSocket) => socket.send(Buffer.from('abcd'), 7, '192.0.2.2'), 'abcd'],
    ['a part', (socket: DatagramSocket) => socket.send('abcd', 1, 2, 7, '192.0.2.2'), 'bc'],
    [
      'several parts',
      (socket: DatagramSocket) => socket.send(['ab', 'cd'], 7, '192.0.2.2'),
      'abcd',
    ],
    ['nothing', (socket: DatagramSocket) => socket.send('', 7, '192.0.2.2'), ''],
  ])('sends %s', async (_name, send, expected) => {
    const pair = createPair();
    const server = await bound(pair.server.dgram.createSocket('udp4'), 7);
    const received = next(server, 'message');
    send(pair.client.dgram.createSocket('udp4'));
    expect(String((await received)[0])).toBe(expected);
  });

  it('keeps extending the credit', async () => {
    const pair = createPair(4096);
    const server = await bound(pair.server.dgram.createSocket('udp4'), 7);
    const client = await bound(pair.client.dgram.createSocket('udp4'));
    for (let i = 0; i < 10; i += 1) {
      const received = next(server, 'message');
      client.send(Buffer.alloc(1000), 7, '192.0.2.2');
      await received;
    }
    const limits = pair.transport.requests.flatMap((request) =>
      request.kind === 'credit' ? [request.limitOctets] : [],
    );
    expect(limits.at(-1)).toBeGreaterThanOrEqual(4096 + 9000);
    expect(limits.length).toBeLessThan(10);
  });

  it('reports ICMP errors to a connected socket only', async () => {
    const pair = createPair();
    const open = await bound(pair.client.dgram.createSocket('udp4'));
    open.on('error', () => {
      throw new Error('told an unconnected socket');
    });
    open.send('x', 9, '192.0.2.2');
    const connected = pair.client.dgram.createSocket('udp4');
    connected.connect(9, '192.0.2.2');
    await next(connected, 'connect');
    connected.send('x');
    const [error] = await next(connected, 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED', port: 9 });
    expect(connected.remoteAddress()).toMatchObject({ address: '192.0.2.2', port: 9 });
  });

  it('reports a taken port as EADDRINUSE', async () => {
    const pair = createPair();
    await bound(pair.server.dgram.createSocket('udp4'), 53);
    const second = pair.server.dgram.createSocket('udp4').bind(53);
    const [error] = await next(second, 'error');
    expect(error).toMatchObject({ code: 'EADDRINUSE', syscall: 'bind' });
  });

  it('refuses a message that is too long, and the broadcast address without setBroadcast', async () => {
    const pair = createPair();
    const socket = await bound(pair.client.dgram.createSocket('udp4'));
    const send = (octets: number, address: string) =>
      new Promise((resolve) => socket.send(Buffer.alloc(octets), 9, address, resolve));
    expect(await send(65508, '192.0.2.2')).toMatchObject({ code: 'EMSGSIZE' });
    expect(await send(65507, '192.0.2.2')).toBeNull();
    expect(await send(1, '255.255.255.255')).toMatchObject({ code: 'EACCES' });
    socket.setBroadcast(true);
    expect(await send(1, '255.255.255.255')).toBeNull();
  });

  it('sends with the time to live that was set', async () => {
    const pair = createPair();
    const socket = await bound(pair.client.dgram.createSocket('udp4'));
    expect(() => socket.setTTL(0)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    socket.setTTL(3);
    socket.send('x', 9, '192.0.2.2');
    expect(pair.transport.requests.at(-1)).toMatchObject({ kind: 'datagram', ttl: 3 });
  });

  it('sends a message as datagrams of the segment size that was set, 128 at most', async () => {
    const pair = createPair();
    const socket = await bound(pair.client.dgram.createSocket('udp4'));
    const last = () => pair.transport.requests.at(-1);
    for (const wrong of [-1, 1.5, 65_496]) {
      expect(() => socket.setSegmentSize(wrong)).toThrow(
        expect.objectContaining({ code: 'EINVAL' }),
      );
    }
    expect(socket.setSegmentSize(10)).toBe(10);
    const send = (octets: number) =>
      new Promise((resolve) => socket.send(Buffer.alloc(octets), 9, '192.0.2.2', resolve));
    expect(await send(1_280)).toBeNull();
    expect(last()).toMatchObject({ kind: 'datagram', segmentSize: 10 });
    expect(await send(1_281)).toMatchObject({ code: 'EINVAL' });
    socket.setSegmentSize(0);
    expect(await send(1_281)).toBeNull();
    expect(last()).not.toHaveProperty('segmentSize');
  });

  it('sends with the path MTU discovery that it is told to (IP_MTU_DISCOVER)', async () => {
    const pair = createPair();
    const socket = await bound(pair.client.dgram.createSocket('udp4'));
    const sent = () =>
      new Promise((resolve) => socket.send('x', 9, '192.0.2.2', resolve)).then(() =>
        pair.transport.requests.at(-1),
      );
    expect(await sent()).not.toHaveProperty('mtuDiscover');
    for (const how of ['dont', 'want', 'do', 'probe'] as const) {
      socket.setMtuDiscover(how);
      expect(await sent()).toMatchObject({ kind: 'datagram', mtuDiscover: how });
    }
    expect(() => socket.setMtuDiscover('always' as 'do')).toThrow(
      expect.objectContaining({ code: 'EINVAL' }),
    );
  });

  it.each([
    ['an unconnected socket is not told', undefined, false, 0],
    ['an unconnected socket with do is told', 'do', false, 1],
    ['an unconnected socket with probe is told', 'probe', false, 1],
    ['a connected socket with want is told', 'want', true, 1],
    ['a connected socket with dont is not told', 'dont', true, 0],
  ] as const)('%s of a datagram that was too long', async (_name, how, connects, count) => {
    const pair = createPair();
    const socket = await bound(pair.client.dgram.createSocket('udp4'));
    if (how !== undefined) socket.setMtuDiscover(how);
    if (connects) {
      socket.connect(9, '192.0.2.2');
      await next(socket, 'connect');
    }
    const errors: unknown[] = [];
    socket.on('error', (error) => errors.push(error));
    const bind = pair.transport.requests.find(({ kind }) => kind === 'bind');
    pair.transport.indicate({
      kind: 'error',
      socket: bind!.socket,
      endpoint: (bind as { endpoint: string }).endpoint,
      reason: 'message too long',
      remote: { address: parseIpv4('192.0.2.2')!, port: 9 },
      detail: '',
      mtu: 1300,
    });
    await new Promise((resolve) => setImmediate(resolve));
    const error = { code: 'EMSGSIZE', address: '192.0.2.2', port: 9, mtu: 1300 };
    expect(errors).toMatchObject(Array(count).fill(error));
  });

  it('does nothing after close()', async () => {
    const pair = createPair();
    const socket = await bound(pair.client.dgram.createSocket('udp4'));
    socket.close();
    await next(socket, 'close');
    expect(() => socket.send('x', 9, '192.0.2.2')).toThrow(
      expect.objectContaining({ code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' }),
    );
  });
});
