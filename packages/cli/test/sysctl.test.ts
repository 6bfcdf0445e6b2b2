import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { runCli } from './run-cli.ts';

const BIN = fileURLToPath(new URL('../bin/strata.js', import.meta.url));

const KNOBS = {
  'net.ipv4.conf.all.arp_notify': '0',
  'net.ipv4.conf.eth0.arp_notify': '1',
  'net.ipv4.tcp_keepalive_time': '7200',
  'net.ipv4.tcp_rmem': '4096\t131072\t6291456',
};

describe('strata sysctl', () => {
  let server: Server;
  let url: string;
  /** What was asked: method, path with query, body. */
  let asked: string[];

  beforeEach(async () => {
    asked = [];
    server = createServer(async (request, response) => {
      let body = '';
      for await (const piece of request) body += String(piece);
      asked.push(`${request.method} ${request.url} ${body}`.trim());
      const { pathname } = new URL(request.url!, 'http://x');
      if (pathname === '/api/stacks') return response.end('["server","client"]');
      if (request.method === 'PUT' && body.includes('99999')) {
        response.writeHead(400);
        return response.end(
          '{"error":"server: net.ipv4.tcp_keepalive_time: \'99999\' should be less."}',
        );
      }
      if (request.method === 'PUT') return response.end(body);
      return response.end(JSON.stringify({ server: KNOBS, client: KNOBS }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(() => server.close());

  const sysctl = (...args: string[]) => runCli('sysctl', '--api', url, ...args);

  it('-a shows all knobs of the first stack', async () => {
    const { status, stdout } = await sysctl('-a');
    expect(status).toBe(0);
    expect(stdout).toBe(
      'net.ipv4.conf.all.arp_notify = 0\nnet.ipv4.conf.eth0.arp_notify = 1\nnet.ipv4.tcp_keepalive_time = 7200\nnet.ipv4.tcp_rmem = 4096\t131072\t6291456\n',
    );
    expect(asked).toContain('GET /api/sysctl?stack=server');
  });

  it('shows one, its value alone with -n, of another stack with --stack', async () => {
    expect((await sysctl('net.ipv4.tcp_keepalive_time')).stdout).toBe(
      'net.ipv4.tcp_keepalive_time = 7200\n',
    );
    const { stdout } = await sysctl('-n', '--stack', 'client', 'net.ipv4.tcp_keepalive_time');
    expect(stdout).toBe('7200\n');
    expect(asked.at(-1)).toBe('GET /api/sysctl?stack=client');
  });

  it.each([
    ['-w', 'net.ipv4.tcp_keepalive_time=60', '60'],
    ['-w', 'net.ipv4.tcp_rmem = 4096 8192 16384', '4096 8192 16384'],
  ])('%s changes: %s', async (flag, argument, value) => {
    const { status } = await sysctl(flag, argument);
    expect(status).toBe(0);
    const name = argument.split('=')[0]!.trim();
    expect(asked.at(-1)).toBe(`PUT /api/sysctl?stack=server {"${name}":"${value}"}`);
  });

  it('changes without -w too, as sysctl(8) does', async () => {
    const { stdout } = await sysctl('net.ipv4.tcp_keepalive_time=60');
    expect(stdout).toBe('net.ipv4.tcp_keepalive_time = 60\n');
  });

  it('--explain says what it means', async () => {
    const { stdout } = await sysctl('--explain', 'net.ipv4.tcp_keepalive_time');
    expect(stdout).toContain('Idle time before the first keepalive');
    expect(stdout).toContain('Default 7200, 1 to 32767 s; a change counts for: at once.');
  });

  it('--explain says how all and the interface combine, and the default of each', async () => {
    const { stdout } = await sysctl(
      '--explain',
      'net.ipv4.conf.all.arp_notify',
      'net/ipv4/conf/eth0/arp_notify',
    );
    expect(stdout).toContain('Default 0, 0 to 1; a change counts for: at once.');
    expect(stdout).toContain('Default 1, 0 to 1; a change counts for: at once.');
    expect(stdout).toContain("In force: the larger one of all's and the interface's value.");
  });

  it.each([
    [
      'an interface that is not there',
      ['net.ipv4.conf.eth1.arp_notify'],
      1,
      /did you mean .*net.ipv4.conf.eth0.arp_notify/,
    ],
    ['a knob that is not there', ['net.ipv4.tcp_magic'], 1, /there is no knob net.ipv4.tcp_magic/],
    ['a name cut short', ['tcp_rmem'], 1, /no knob tcp_rmem \(did you mean net.ipv4.tcp_rmem\?\)/],
    ['a letter too much', ['net.ipv4.tcp_rmems'], 1, /did you mean net.ipv4.tcp_rmem\?/],
    ['blanks around =', ['net.ipv4.tcp_rmem', '=', '1 2 3'], 1, /write name=value, without blanks/],
    ['-a with a knob', ['-a', 'net.ipv4.tcp_rmem=1 2 3'], 2, /do not name one as well/],
    ['a change without a value', ['-w', 'net.ipv4.tcp_rmem'], 1, /net.ipv4.tcp_rmem=4096 131072/],
    ['a value out of range', ['net.ipv4.tcp_keepalive_time=99999'], 1, /99999' should be less\n/],
    ['nothing to do', [], 2, /name a knob, or use -a/],
  ])('refuses %s in words', async (_, args, wanted, message) => {
    const { status, stderr } = await sysctl(...args);
    expect(status).toBe(wanted);
    expect(stderr).toMatch(message);
  });

  it('changes nothing where one of the names is wrong', async () => {
    const { status } = await sysctl('net.ipv4.tcp_keepalive_time=60', 'net.ipv4.tcp_magic=1');
    expect(status).toBe(1);
    expect(asked.filter((one) => one.startsWith('PUT'))).toEqual([]);
  });

  it('takes names with slashes, as sysctl does', async () => {
    const { stdout } = await sysctl('net/ipv4/tcp_keepalive_time');
    expect(stdout).toBe('net.ipv4.tcp_keepalive_time = 7200\n');
  });

  it('ends without an error where its reader is gone (strata sysctl -a | head -1)', async () => {
    const child = spawn(process.execPath, [BIN, 'sysctl', '-a', '--api', url]);
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (piece) => {
      stderr += String(piece);
    });
    const [status] = await once(child, 'close');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('says in words that nobody answers', async () => {
    server.close();
    const { status, stderr } = await runCli('sysctl', '-a', '--api', 'http://127.0.0.1:9');
    expect(status).toBe(1);
    expect(stderr).toMatch(/no console at http:\/\/127.0.0.1:9 .*is `strata up` running/);
  });
});
