import { run } from '../support/command.ts';
import { Host } from '../support/host.ts';
import { startLab } from '../support/labs.ts';
import { killAllStarted } from '../support/process.ts';
import { freePort, freshNamespace } from '../support/stacks.ts';

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
