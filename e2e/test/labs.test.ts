import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NatsServer, startNatsServer } from '@strata/conformance';
import { writeBigFile } from '../support/big-file.ts';
import { run } from '../support/command.ts';
import { Host } from '../support/host.ts';
import { type RunningLab, startLab } from '../support/labs.ts';
import { killAllStarted, type LongRunning } from '../support/process.ts';
import { freePort, freshNamespace, STRATA, temporaryFolder } from '../support/stacks.ts';
import { waitFor } from '../support/wait.ts';

afterAll(killAllStarted);

async function namespaces(): Promise<string> {
  return (await run('ip', ['netns', 'list'])).stdout;
}

describe('A lab with a TAP', () => {
  it('answers the host, and leaves nothing behind', async () => {
    const netns = freshNamespace();
    const lab = await startLab(
      `hosts: { a: { applications: { http: {} } }, b: {} }
switches: { lan: { network: 192.0.2.0/24, tap: {}, ends: { a, b } } }
`,
      '--netns',
      netns,
    );
    const host = new Host(netns);
    await host.run('ping', ['-c', '2', '-i', '0.2', '192.0.2.2']);
    const { stdout } = await host.run('curl', ['-s', 'http://192.0.2.1/bytes/1000']);
    expect(stdout).toHaveLength(1000);
    await lab.stop();
    expect(await namespaces()).not.toContain(netns);
  });
});

describe('Two labs', () => {
  it('run beside each other', async () => {
    const labs = await Promise.all([startLab('two-hosts'), startLab('syn-flood')]);
    const [hosts, flood] = labs;
    await hosts.exec('left', 'sysctl', 'net.ipv4.tcp_syncookies=2');
    expect(await hosts.exec('left', 'sysctl', '-n', 'net.ipv4.tcp_syncookies')).toBe('2\n');
    expect(await flood.exec('bare', 'sysctl', '-n', 'net.ipv4.tcp_syncookies')).toBe('0\n');
    for (const lab of labs) await lab.stop();
  });

  it('share a switch by UDP', async () => {
    const netns = freshNamespace();
    const [left, right] = [await freePort(), await freePort()];
    const udp = (own: number, peer: number) =>
      `udp: { listen: '127.0.0.1:${own}', peer: '127.0.0.1:${peer}' }`;
    const near = await startLab(
      `hosts: { near: {} }
switches:
  lan: { network: 192.0.2.0/24, tap: { address: 192.0.2.1/24 }, ${udp(left, right)}, ends: { near: 192.0.2.2/24 } }
`,
      '--netns',
      netns,
    );
    const far = await startLab(
      `hosts: { far: { applications: { http: {} } } }
switches: { lan: { ${udp(right, left)}, ends: { far: 192.0.2.9/24 } } }
`,
    );
    const host = new Host(netns);
    await host.run('ping', ['-c', '2', '-i', '0.2', '192.0.2.9']);
    const { stdout } = await host.run('curl', ['-s', 'http://192.0.2.9/bytes/3000000']);
    expect(stdout).toHaveLength(3_000_000);
    const counters = await far.exec('far', 'nstat', '-z', 'link.lan_udp_*');
    expect(counters).toMatch(/lan_udp_rx_foreign +0 /);
    expect(counters).toMatch(/lan_udp_tx_frames +[1-9]/);
    await near.stop();
    await far.stop();
  });
});

describe('Three routers in a row, with Linux hosts at both ends', () => {
  const [left, right] = [freshNamespace(), freshNamespace()];
  const [near, far] = [new Host(left), new Host(right)];
  let lab: RunningLab;
  let server: LongRunning;
  let sha256: string;

  beforeAll(async () => {
    lab = await startLab(`routers:
  r1: { routes: [{ to: far, via: r2 }] }
  r2: { routes: [{ to: near, via: r1 }, { to: far, via: r3 }] }
  r3: { routes: [{ to: near, via: r2 }] }
links:
  near: { tap: { name: near0, netns: ${left}, address: 10.0.1.9/24 }, ends: { r1: 10.0.1.1/24 } }
  a: { mtu: 1400, ends: { r1, r2 } }
  b: { mtu: 1300, ends: { r2, r3 } }
  far: { tap: { name: far0, netns: ${right}, address: 10.0.4.9/24 }, ends: { r3: 10.0.4.1/24 } }
`);
    await near.run('ip', ['route', 'add', 'default', 'via', '10.0.1.1']);
    await far.run('ip', ['route', 'add', 'default', 'via', '10.0.4.1']);
    const folder = temporaryFolder();
    sha256 = writeBigFile(join(folder, 'big'), 20_000_000, 1);
    server = far.launch('python3', 'python3', [
      ...['-m', 'http.server', '8000', '--bind', '10.0.4.9'],
      ...['--directory', folder],
    ]);
    await waitFor('the server answers', async () => {
      return (await far.run('curl', ['-s', '10.0.4.9:8000'], { check: false })).code === 0;
    });
  });

  afterAll(async () => {
    await server.stop();
    await lab.stop();
  });

  it('ping gets through, and the TTL is less by three', async () => {
    const { stdout } = await near.run('ping', ['-c', '3', '-i', '0.2', '10.0.4.9']);
    expect(stdout.match(/ttl=61/g)).toHaveLength(3);
  });

  it('traceroute sees the three routers', async () => {
    const { stdout } = await near.run('traceroute', ['-n', '-q', '1', '10.0.4.9']);
    const hops = Array.from(stdout.matchAll(/^ *\d+ +([\d.]+) /gm), ([, hop]) => hop);
    expect(hops).toEqual(['10.0.1.1', '10.0.2.2', '10.0.3.2', '10.0.4.9']);
  });

  it('the path MTU is that of the narrowest link', async () => {
    const big = ['-M', 'do', '-c', '1', '-W', '2', '-s', '1472', '10.0.4.9'];
    const first = await near.run('ping', big, { check: false });
    expect(first.stdout).toContain('From 10.0.1.1 icmp_seq=1 Frag needed and DF set (mtu = 1400)');
    const second = await near.run('ping', [...big.slice(0, -2), '1372', '10.0.4.9'], {
      check: false,
    });
    expect(second.stdout).toContain('From 10.0.2.2 icmp_seq=1 Frag needed and DF set (mtu = 1300)');
    const { stdout } = await near.run('ip', ['route', 'get', '10.0.4.9']);
    expect(stdout).toMatch(/ mtu 1300 /);
    await near.run('ping', [...big.slice(0, -2), '1272', '10.0.4.9']);
  });

  it('curl gets a long file whole', async () => {
    const { stdout } = await near.shell('curl -s http://10.0.4.9:8000/big | sha256sum');
    expect(stdout).toBe(`${sha256}  -\n`);
  });
});

describe('A lab over NATS', () => {
  let nats: NatsServer;
  let lab: RunningLab;
  const netns = freshNamespace();
  const host = new Host(netns);
  const file = join(temporaryFolder(), 'lab.yaml');

  beforeAll(async () => {
    nats = await startNatsServer();
    const text = `hosts: { right: { gateway: r2, applications: { http: {} } } }
routers:
  r1: { routes: [{ to: far, via: r2 }] }
  r2: { routes: [{ to: near, via: r1 }] }
links:
  near: { tap: { netns: ${netns}, address: 10.0.1.9/24 }, ends: { r1 } }
  middle: { mtu: 1400, ends: { r1, r2 } }
  far: { ends: { r2, right: 10.0.3.2/24 } }
`;
    writeFileSync(file, text);
    lab = await startLab(text, '--nats', nats.url);
    await host.run('ip', ['route', 'add', 'default', 'via', '10.0.1.1']);
  });

  afterAll(async () => {
    await lab?.stop();
    await nats?.stop();
  });

  it('routes packets as in one process', async () => {
    const { stdout } = await host.run('ping', ['-c', '2', '-i', '0.2', '10.0.3.2']);
    expect(stdout.match(/ttl=62/g)).toHaveLength(2);
    const page = await host.run('curl', ['-s', 'http://10.0.3.2/bytes/3000000']);
    expect(page.stdout).toHaveLength(3_000_000);
  });

  it('runs the ready labs too, with the tools on their hosts', async () => {
    // The other lab has stacks of these names.
    const own = await startNatsServer();
    const routers = await startLab('three-routers', '--nats', own.url);
    const ping = await routers.exec('left', 'ping', '-c', '2', '-i', '0.2', '10.0.4.2');
    expect(ping.match(/ttl=61/g)).toHaveLength(2);
    const way = await routers.exec('left', 'traceroute', '-n', '-q', '1', '10.0.4.2');
    const hops = Array.from(way.matchAll(/^ *\d+ +([\d.]+) /gm), ([, hop]) => hop);
    expect(hops).toEqual(['10.0.1.1', '10.0.2.2', '10.0.3.2', '10.0.4.2']);
    const size = ['-s', '-o', '/dev/null', '-w', '%{size_download}'];
    const got = await routers.exec('left', 'curl', ...size, 'http://10.0.4.2/bytes/3000000');
    expect(got).toBe('3000000');
    expect(await routers.exec('right', 'ip', 'route', 'get', '10.0.1.2')).toContain(' mtu 1300');
    await routers.stop();
    await own.stop();
  });

  it('shows its PDUs to others on NATS', async () => {
    const config = join(temporaryFolder(), 'config.yaml');
    writeFileSync(config, (await run(process.execPath, [STRATA, 'lab', 'config', file])).stdout);
    const where = ['--nats', nats.url, '--config', config];
    const words = [
      STRATA,
      'trace',
      '--stack',
      'r2',
      '--layer',
      'network',
      '--count',
      '4',
      ...where,
    ];
    const trace = run(process.execPath, words);
    let isOver = false;
    const over = trace.finally(() => {
      isOver = true;
    });
    while (!isOver) await host.run('ping', ['-c', '1', '-i', '0.2', '10.0.3.2']);
    expect((await over).stdout).toMatch(/10\.0\.1\.9 > 10\.0\.3\.2: ICMP echo request/);
    const { stdout } = await run(process.execPath, [STRATA, 'ss', '-tl', ...where]);
    expect(stdout).toMatch(/^right +tcp +LISTEN .*:80 /m);
  });
});
