import http from 'node:http';
import { attachHttp, StackAgent } from '../src/index.ts';
import { createPair, next, pattern, readAll } from './support.ts';

function start(handler: http.RequestListener) {
  const pair = createPair();
  const server = pair.server.net.createServer();
  attachHttp(server, http.createServer(handler));
  server.listen(80);
  const agent = new StackAgent(pair.client, { keepAlive: true });
  const request = (path: string, options: http.RequestOptions = {}, body?: Buffer | string) =>
    new Promise<http.IncomingMessage>((resolve, reject) => {
      http
        .request({ host: '192.0.2.2', port: 80, path, agent, ...options }, resolve)
        .on('error', reject)
        .end(body);
    });
  return { pair, server, agent, request };
}

describe("Node's http over the sockets", () => {
  it('answers several requests over one kept connection', async () => {
    const { server, request, agent } = start((incoming, response) => {
      response.end(`you asked for ${incoming.url}`);
    });
    let connections = 0;
    server.on('connection', () => {
      connections += 1;
    });
    for (const path of ['/a', '/b', '/c']) {
      const response = await request(path);
      expect(response.statusCode).toBe(200);
      expect((await readAll(response)).toString()).toBe(`you asked for ${path}`);
    }
    expect(connections).toBe(1);
    agent.destroy();
  });

  it('streams a chunked body both ways', async () => {
    const { request, agent } = start((incoming, response) => incoming.pipe(response));
    const body = pattern(500_000);
    const response = await request('/echo', { method: 'POST' }, body);
    expect(response.headers['transfer-encoding']).toBe('chunked');
    expect((await readAll(response)).equals(body)).toBe(true);
    agent.destroy();
  });

  it('answers a client that has ended its side', async () => {
    const { pair } = start((_incoming, response) => {
      setImmediate(() => response.end('late'));
    });
    const socket = pair.client.net.connect({ port: 80, host: '192.0.2.2', allowHalfOpen: true });
    socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    expect((await readAll(socket)).toString()).toMatch(/^HTTP\/1.1 200 OK.*late/s);
  });

  it('closes the connection if the client asks for it', async () => {
    const { request } = start((_incoming, response) => response.end('bye'));
    const response = await request('/', { headers: { connection: 'close' } });
    const closed = next(response.socket, 'close');
    expect((await readAll(response)).toString()).toBe('bye');
    await closed;
  });

  it('gives the client ECONNREFUSED if nobody listens', async () => {
    const { request } = start(() => {});
    await expect(request('/', { port: 81 })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('gives the client an error if the server resets the connection', async () => {
    const { request } = start((incoming) => {
      (incoming.socket as unknown as { resetAndDestroy(): void }).resetAndDestroy();
    });
    await expect(request('/')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});
