import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { until } from '@strata/conformance';
import { UPGRADE } from '@strata/tools';
import { Fixture } from './fixture.ts';

let fixture: Fixture;
const open: Socket[] = [];

beforeEach(async () => {
  fixture = new Fixture();
  await fixture.start();
});
afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy();
  await fixture.stop();
});

/** Asks for an upgrade. The socket, or the status and the error. */
async function upgrade(
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Socket | { readonly status: number; readonly error: string }> {
  const asked = request(`${fixture.url}${path}`, {
    headers: { connection: 'upgrade', upgrade: UPGRADE, ...headers },
  });
  asked.end();
  const answered = once(asked, 'response') as Promise<[IncomingMessage]>;
  const upgraded = once(asked, 'upgrade') as Promise<[IncomingMessage, Socket]>;
  const [response, socket] = await Promise.race([answered, upgraded]);
  if (socket !== undefined) {
    open.push(socket as Socket);
    return socket as Socket;
  }
  let text = '';
  for await (const data of response) text += data;
  return { status: response.statusCode!, error: JSON.parse(text).error };
}

const PATH = '/api/tools/nc';

describe('An upgrade to a tool', () => {
  it.each([
    [
      'a page of another origin',
      PATH,
      { origin: 'http://evil.example' },
      403,
      'does not answer pages',
    ],
    [
      'a name that DNS may point here',
      PATH,
      { host: 'evil.example' },
      403,
      'the Host header names',
    ],
    ['another protocol', PATH, { upgrade: 'websocket' }, 400, 'only /api/tools/NAME upgrades'],
    ['another path', '/api/stacks', {}, 400, 'only /api/tools/NAME upgrades'],
    ['no such tool', '/api/tools/none', {}, 404, 'there is no tool none; there is: '],
    [
      'no such stack',
      `${PATH}?stack=clent`,
      {},
      404,
      'there is no stack clent; there is: server, client',
    ],
  ])('is refused for %s', async (_what, path, headers, status, error) => {
    expect(await upgrade(path, headers)).toEqual({ status, error: expect.stringContaining(error) });
  });

  it('is refused beyond 16 at once, until one ends', async () => {
    const sockets = await Promise.all(Array.from({ length: 16 }, () => upgrade(PATH)));
    expect(await upgrade(PATH)).toEqual({
      status: 503,
      error: '16 tools run already: end one of them first.',
    });
    (sockets[0] as Socket).destroy();
    await until('room for one', async () => !('status' in (await upgrade(PATH))));
  });

  it('ends when the console stops', async () => {
    const socket = (await upgrade(PATH)) as Socket;
    const closed = once(socket.on('error', () => undefined).resume(), 'close');
    await fixture.stop();
    await closed;
  });
});

it('GET /api/tools has the names of the tools', async () => {
  expect(await (await fixture.fetch('/api/tools')).json()).toEqual(['curl', 'iperf', 'nc']);
});
