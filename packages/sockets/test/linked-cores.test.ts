import { createHash } from 'node:crypto';
import http from 'node:http';
import {
  attachHttp,
  createStackOnPort,
  type Socket,
  type Stack,
  StackAgent,
} from '../src/index.ts';
import { LinkedCores } from './linked-cores.ts';
import { next, pattern, readAll } from './support.ts';

const SERVER = '192.0.2.2';

describe('Sockets over two transport cores on a direct link', () => {
  let server: Stack;
  let client: Stack;

  beforeEach(() => {
    const cores = new LinkedCores();
    server = createStackOnPort({ port: cores.port(0), endpoint: 'server' });
    client = createStackOnPort({ port: cores.port(1), endpoint: 'client' });
  });

  afterEach(async () => {
    await client.close(0);
    await server.close(0);
  });

  it('carries 4 MB each way at once, byte for byte', async () => {
    const data = pattern(4_000_000);
    server.net.createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)).listen(7);
    const socket = client.net.connect({ port: 7, host: SERVER });
    socket.end(data);
    const echoed = await readAll(socket);
    expect(echoed.byteLength).toBe(data.byteLength);
    expect(echoed.equals(data)).toBe(true);
  });

  it('gives what TCP knows of a connection', async () => {
    server.net.createServer((socket) => socket.pipe(socket)).listen(7);
    const socket = client.net.connect({ port: 7, host: SERVER });
    socket.write(pattern(10_000));
    for (let octets = 0; octets < 10_000; )
      octets += ((await next(socket, 'data'))[0] as Buffer).byteLength;
    const { state, tcp } = await socket.getTcpInfo();
    expect(state).toBe('ESTABLISHED');
    expect(tcp).toMatchObject({ receivedOctets: 10_000, sentOctets: 10_000, sack: true });
    socket.destroy();
  });

  it('lets a client half-close and still get its answer', async () => {
    server.net
      .createServer({ allowHalfOpen: true }, async (socket) => {
        const question = await readAll(socket);
        socket.end(createHash('sha256').update(question).digest('hex'));
      })
      .listen(9000);
    const socket = client.net.connect({ port: 9000, host: SERVER, allowHalfOpen: true });
    socket.end('all of it');
    const answer = (await readAll(socket)).toString();
    expect(answer).toBe(createHash('sha256').update('all of it').digest('hex'));
  });

  it.each([
    ['beside the stream', false, 'abcdefg', 1],
    ['in line', true, 'abc!defg', 0],
  ] as const)(
    'carries an urgent octet %s, and gives its offset',
    async (_, urgentInline, text, comes) => {
      const told: unknown[] = [];
      const listener = server.net.createServer({ tcp: { urgentInline } }).listen(9002);
      const connected = next(listener, 'connection');
      const socket = client.net.connect(9002, SERVER);
      const [far] = (await connected) as [Socket];
      far.on('urgentMark', (offset: number) => told.push(['mark', offset]));
      far.on('urgent', (octet: Buffer, offset: number) => told.push([octet.toString(), offset]));
      const all = readAll(far);
      socket.write('abc');
      socket.sendUrgent('!');
      socket.write('de');
      socket.end('fg');
      expect((await all).toString()).toBe(text);
      expect(told[0]).toEqual(['mark', 3]);
      expect(told.filter((one) => (one as unknown[])[0] === '!')).toEqual(
        comes === 1 ? [['!', 3]] : [],
      );
    },
  );

  it('refuses empty urgent data', async () => {
    const listener = server.net.createServer().listen(9003);
    await next(listener, 'listening');
    const socket = client.net.connect(9003, SERVER);
    await next(socket, 'connect');
    expect(() => socket.sendUrgent('')).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }),
    );
    socket.destroy();
  });

  it('collects small writes while TCP_CORK is set, and then sends them together', async () => {
    const listener = server.net.createServer().listen(9004);
    const connected = next(listener, 'connection');
    const socket = client.net.connect(9004, SERVER);
    const [far] = (await connected) as [Socket];
    const chunks: string[] = [];
    far.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
    socket.setNoDelay().setTcpOptions({ cork: true });
    for (const word of ['one ', 'two ', 'three']) socket.write(word);
    socket.setTcpOptions({ cork: false });
    await next(far, 'data');
    expect(chunks).toEqual(['one two three']);
    socket.destroy();
    far.destroy();
  });

  it('slows a writer down to its reader, and loses nothing', async () => {
    const listener = server.net.createServer().listen(9001);
    const connected = next(listener, 'connection');
    const socket = client.net.connect(9001, SERVER);
    const [far] = (await connected) as [Socket];
    let written = 0;
    const piece = pattern(100_000);
    while (socket.write(piece) && written < 100) written += 1;
    let total = piece.byteLength * (written + 1);
    for (let i = 0; i < 100; i += 1) {
      socket.write(piece);
      total += piece.byteLength;
    }
    socket.end();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(far.bytesRead).toBeLessThanOrEqual(1048576);
    expect((await readAll(far)).byteLength).toBe(total);
  });

  it('refuses a connection to a port where nobody listens', async () => {
    const [error] = await next(client.net.connect(81, SERVER), 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED', address: SERVER, port: 81 });
  });

  it('tells the peer of a reset', async () => {
    const listener = server.net.createServer().listen(9000);
    const connected = next(listener, 'connection');
    const socket = client.net.connect(9000, SERVER);
    const [far] = (await connected) as [Socket];
    const failed = next(socket, 'error');
    far.resetAndDestroy();
    expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' });
  });

  it('echoes datagrams', async () => {
    const echo = server.dgram.createSocket('udp4', (message, remote) => {
      echo.send(message, remote.port, remote.address);
    });
    echo.bind(7);
    await next(echo, 'listening');
    const socket = client.dgram.createSocket('udp4');
    const answered = next(socket, 'message');
    socket.send(pattern(1400), 7, SERVER);
    expect(pattern(1400).equals((await answered)[0] as Buffer)).toBe(true);
  });

  it("runs Node's HTTP server and client, 30 requests at once on kept connections", async () => {
    const listener = server.net.createServer();
    attachHttp(
      listener,
      http.createServer((request, response) => request.pipe(response)),
    );
    listener.listen(80);
    let connections = 0;
    listener.on('connection', () => {
      connections += 1;
    });
    const agent = new StackAgent(client, { keepAlive: true, maxSockets: 10 });
    const post = (body: Buffer) =>
      new Promise<Buffer>((resolve, reject) => {
        http
          .request({ host: SERVER, port: 80, method: 'POST', agent }, (response) => {
            readAll(response).then(resolve, reject);
          })
          .on('error', reject)
          .end(body);
      });
    const bodies = Array.from({ length: 30 }, (_, index) => pattern(1000 * index));
    const answers = await Promise.all(bodies.map(post));
    expect(answers.every((answer, index) => answer.equals(bodies[index]!))).toBe(true);
    expect(connections).toBe(10);
    agent.destroy();
  });
});
