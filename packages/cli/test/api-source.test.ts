import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runCli } from './run-cli.ts';

/** A console that answers every request as the test says. */
async function startConsole(answer: (response: ServerResponse) => void): Promise<[Server, string]> {
  const server = createServer((_request, response) => answer(response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return [server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`];
}

describe('strata trace, with a console', () => {
  it('says in words that the console went away', async () => {
    const [server, url] = await startConsole((response) => {
      response.write('{"dropped":0}\n', () => response.destroy());
    });
    const { status, stderr } = await runCli('trace', '--api', url);
    server.close();
    expect(status).toBe(1);
    expect(stderr).toContain(`strata: the console at ${url} went away\n`);
  });

  it('ends without an error when the console ends the stream', async () => {
    const [server, url] = await startConsole((response) => response.end());
    const { status } = await runCli('trace', '--api', url);
    server.close();
    expect(status).toBe(0);
  });

  it('says what the console refuses', async () => {
    const [server, url] = await startConsole((response) => {
      response.writeHead(404).end('{"error":"there is no stack x"}');
    });
    const { status, stderr } = await runCli('trace', '--api', url, '--pcapng', '-');
    server.close();
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'strata: there is no stack x\n' });
  });
});
