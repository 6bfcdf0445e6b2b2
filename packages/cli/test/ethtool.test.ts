import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DeviceFeatures } from '@strata/runtime';
import { runCli } from './run-cli.ts';

describe('strata ethtool', () => {
  let server: Server;
  let url: string;
  /** The changes that were asked for: path with query, body. */
  let asked: string[];
  let features: DeviceFeatures;

  const shown = () => ({ name: 'strata0', kind: 'tap', features: features.list() });

  beforeEach(async () => {
    asked = [];
    features = new DeviceFeatures({ offload: true });
    server = createServer(async (request, response) => {
      let body = '';
      for await (const piece of request) body += String(piece);
      const { pathname, searchParams } = new URL(request.url!, 'http://x');
      if (pathname === '/api/stacks') return response.end('["server","client"]');
      const name = searchParams.get('interface');
      const refuse = (status: number, error: string) => {
        response.writeHead(status);
        return response.end(JSON.stringify({ error: `server: ${error}.` }));
      };
      if (name === 'eth7') return refuse(404, 'there is no interface eth7; there is: strata0');
      if (request.method === 'PUT') {
        asked.push(`${request.url} ${body}`);
        try {
          features.set(Object.entries(JSON.parse(body) as Record<string, boolean>));
        } catch (error) {
          return refuse(400, (error as Error).message);
        }
        return response.end(JSON.stringify(shown()));
      }
      const all = [
        shown(),
        ...(name === null ? [{ name: 'eth1', kind: 'wire', features: [] }] : []),
      ];
      return response.end(JSON.stringify({ [searchParams.get('stack')!]: all }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(() => server.close());

  const ethtool = (...args: string[]) => runCli('ethtool', '--api', url, ...args);

  const ALL_ON = `Features for strata0:
rx-checksumming: on
tx-checksumming: on
tcp-segmentation-offload: on
generic-segmentation-offload: on [fixed]
generic-receive-offload: off [fixed]
large-receive-offload: on
rx-all: off [fixed]
`;

  it.each([['-k'], ['--show-features'], ['--show-offload'], []])(
    'shows the features of an interface as ethtool does (%s)',
    async (...flags) => {
      expect(await ethtool(...flags, 'strata0')).toMatchObject({ status: 0, stdout: ALL_ON });
    },
  );

  it('shows those of all interfaces where none is named', async () => {
    expect((await ethtool('-k')).stdout).toBe(`${ALL_ON}Features for eth1:\n`);
  });

  it('-K switches several at once, and says nothing where all is as asked', async () => {
    const { status, stdout } = await ethtool('-K', 'strata0', 'tso', 'off', 'lro', 'off');
    expect([status, stdout]).toEqual([0, '']);
    expect(asked).toEqual([
      '/api/features?stack=server&interface=strata0 {"tso":false,"lro":false}',
    ]);
    await ethtool('--offload', 'strata0', 'tso', 'on', '--stack', 'client');
    expect(asked[1]).toBe('/api/features?stack=client&interface=strata0 {"tso":true}');
  });

  it('tells what else has changed, as ethtool does', async () => {
    expect(await ethtool('-K', 'strata0', 'tx', 'off')).toMatchObject({
      status: 0,
      stdout:
        'Actual changes:\ntx-checksumming: off\ntcp-segmentation-offload: off [requested on]\n',
    });
    expect((await ethtool('-k', 'strata0')).stdout).toContain(
      'tcp-segmentation-offload: off [requested on]\n',
    );
  });

  it('fails where what is needed is off, and says so', async () => {
    await ethtool('-K', 'strata0', 'tx', 'off', 'tso', 'off');
    const { status, stdout, stderr } = await ethtool('-K', 'strata0', 'tso', 'on');
    expect(status).toBe(1);
    expect(stdout).toBe('Actual changes:\ntcp-segmentation-offload: off [requested on]\n');
    expect(stderr).toContain('tcp-segmentation-offload: still off, since what it needs is off');
  });

  it.each([
    [['-K', 'eth7', 'tso', 'off'], 1, 'there is no interface eth7; there is: strata0'],
    [['-k', 'eth7'], 1, 'there is no interface eth7; there is: strata0'],
    [['-K', 'strata0', 'tos', 'off'], 1, 'there is no feature tos (did you mean tso?)'],
    [['-K', 'strata0', 'gro', 'on'], 1, 'generic-receive-offload is fixed here'],
    [['-K', 'strata0', 'tso', 'false'], 2, 'behind tso there is false: it should be on or off'],
    [['-K', 'strata0', 'tso'], 2, 'behind tso there is nothing: it should be on or off'],
    [['-K', 'strata0', 'tso', 'on', 'tso', 'off'], 2, 'tso is there twice'],
    [['-K', 'strata0'], 2, 'say which interface and what: -K eth0 tso off'],
    [['-K'], 2, 'say which interface and what: -K eth0 tso off'],
    [['strata0', 'tso', 'off'], 2, 'to switch say -K'],
    [['-k', '-K', 'strata0', 'tso', 'off'], 2, '-k shows and -K switches'],
  ] as const)('refuses %j', async (args, status, message) => {
    const result = await ethtool(...args);
    expect(result.stderr).toContain(message);
    expect(result.status).toBe(status);
    expect(features.changes).toBe(0);
  });
});
