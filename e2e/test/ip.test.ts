import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../support/command.ts';
import { Host } from '../support/host.ts';
import { killAllStarted, LongRunning } from '../support/process.ts';
import { freePort, freshNamespace, STRATA, temporaryFolder } from '../support/stacks.ts';

/** A stack with one interface. A config needs an address, which is flushed. */
const CONFIG = {
  wires: { lan: {} },
  stacks: {
    lone: {
      interfaces: [{ wire: 'lan', mac: '02:00:00:00:00:02', addresses: ['192.0.2.250/24'] }],
    },
  },
};

/** What is done to both, in this order. */
const CHANGES = [
  'link set eth0 up',
  'addr add 192.0.2.2/24 brd + dev eth0',
  'addr add 203.0.113.5/29 brd + dev eth0',
  'address add 192.0.2.3/24 brd + dev eth0',
  'a a 198.18.0.4/31 dev eth0',
  'route add default via 192.0.2.1',
  'ro add 10.0.0.0/8 via 192.0.2.1 metric 5 mtu 1400 src 192.0.2.3 proto static',
  'r append 10.0.0.0/8 via 192.0.2.9 metric 5',
  'r add 10.0.0.0/9 dev eth0 metric 7',
  'r add blackhole 10.1.0.0/16',
  'r add unreachable 10.2.0.0/16 metric 3',
  'r add prohibit 10.3.0.0/16 proto 42',
  'r add throw 10.4.0.0/16',
  'r replace 198.51.100.7 dev eth0',
  'neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent',
  'n add 192.0.2.7 lladdr 02:00:00:00:00:07 dev eth0 nud stale',
  'n replace 192.0.2.8 lladdr 02:00:00:00:00:08 dev eth0 nud noarp',
];

const SHOWN = [
  'addr',
  '-4 a s dev eth0',
  '-br a',
  '-o a',
  'a s up',
  'a s to 203.0.113.0/24',
  'a s secondary',
  'link',
  '-br l',
  'route',
  '-d r',
  'r s table local',
  'r s table all',
  'r s dev eth0',
  'r s proto static',
  'r s via 192.0.2.1',
  'r s root 10.0.0.0/8',
  'r s match 10.0.0.1',
  'r s 10.0.0.0/8',
  'r s type blackhole',
  'r s scope link',
  'neigh',
  'n s dev eth0',
  'n s nud noarp',
  'n s nud all',
  'n s to 192.0.2.0/29',
  'route get 10.9.9.9',
  'r g 10.200.9.9',
  'r g 1.2.3.4 from 192.0.2.3',
  'r g 192.0.2.2',
  'r g 192.0.2.77',
  'r g 192.0.2.255',
  'r g 127.0.0.1',
  '-j a',
  '-j -p r',
  '-j n',
  '-j -br link',
];

/** Both refuse, with the same first words and the same exit status. */
const REFUSED = [
  'foo',
  '-z a',
  'link foo',
  'addr foo',
  'route foo',
  'a s eth9',
  'a a 1.2.3.4/24',
  'a a 1.2.3.4/33 dev eth0',
  'a a 1.2.3.4/24 dev eth9',
  'a a 192.0.2.2/24 dev eth0',
  'a d 192.0.2.99/24 dev eth0',
  'l set eth9 up',
  'l set eth0 mtu 67',
  'l set eth0 mtu 70000',
  'l set eth0 mtu abc',
  'l set eth0 foo',
  'r a default via 192.0.2.9',
  'r a 11.0.0.0/8',
  'r a 11.0.0.0/8 via 8.8.8.8',
  'r a 11.0.0.1/8 dev eth0',
  'r a 11.0.0.0/8 via foo',
  'r a 11.0.0.0/8 via 192.0.2.1 metric x',
  'r a foo via 192.0.2.1',
  'r a 11.0.0.0/8 via 192.0.2.1 dev',
  'r change 11.0.0.0/8 via 192.0.2.1',
  'r del 11.0.0.0/8',
  'r del default via 192.0.2.3',
  'r append 10.0.0.0/8 via 192.0.2.9 metric 5',
  'r get',
  'r get foo',
  'r get 10.1.0.1',
  'r get 10.2.0.1',
  'r get 10.3.0.1',
  'r flush',
  'n a 192.0.2.1 lladdr 02:00:00:00:00:01 dev eth0',
  'n a 192.0.2.5',
  'n a 192.0.2.5 dev eth0',
  'n a 192.0.2.5 lladdr xx dev eth0',
  'n del 192.0.2.99 dev eth0',
  'n change 192.0.2.99 lladdr 02:00:00:00:00:01 dev eth0',
  'n get 192.0.2.99 dev eth0',
  'n s nud foo',
];

const folder = temporaryFolder();
const host = new Host(freshNamespace());
let up: LongRunning;
let api: string;

beforeAll(async () => {
  await run('ip', ['netns', 'add', host.netns]);
  // IPv6 shows addresses and routes that a stack does not have.
  await host.shell(
    'sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1',
  );
  // A TAP that somebody holds open, so that it has a carrier, would need a program: a veth has one.
  await host.shell(
    'ip link set lo up; ip link add eth0 address 02:00:00:00:00:02 txqueuelen 0 type veth peer name peer0; ip link set peer0 up; ip link set lo txqueuelen 0',
  );
  const port = await freePort();
  api = `http://127.0.0.1:${port}`;
  const file = join(folder, 'lone.yaml');
  writeFileSync(file, JSON.stringify({ ...CONFIG, console: { listen: `127.0.0.1:${port}` } }));
  up = new LongRunning('up', process.execPath, [STRATA, 'up', '--config', file]);
  await up.saysWithin('ready', 30_000);
  for (const change of ['addr flush dev eth0', 'link set eth0 down', ...CHANGES]) {
    await host.run('ip', change.split(' '));
    await strataIp(change);
  }
});

afterAll(async () => {
  await up?.stop();
  await killAllStarted();
  await run('ip', ['netns', 'del', host.netns]);
});

const strataIp = (line: string, check = true) =>
  run(process.execPath, [STRATA, 'ip', '--api', api, ...line.split(' ')], { check });

/**
 * What differs by right, alike in both: the indexes, the other end of the kernel's veth, loopback's
 * MTU, who asks (uid), and the order of neighbours, which is a hash table's.
 */
function masked(text: string, line: string): string {
  const lines = text
    .replace(/^\d+: /gm, '#: ')
    .replaceAll('eth0@peer0', 'eth0')
    .replace(/(lo: <LOOPBACK,UP,LOWER_UP> mtu) \d+/g, '$1 #')
    .replace(/ uid \d+/g, '')
    .replace(/^(eth0|lo) +/gm, '$1 ')
    // The stack is asked some seconds later.
    .replace(/ expires \d+sec/g, '')
    .split('\n');
  // The veth's other end, which the stack does not have, has a second line for its MAC address.
  const own = lines.filter(
    (one, at) => !one.includes('peer0') && !/^#: peer0@/.test(lines[at - 1] ?? ''),
  );
  // A neighbour in the kernel that was asked for, without a state, is none.
  const isNone = (one: string) => /^[\d.]+ dev eth0 $/.test(one);
  return line.startsWith('n')
    ? own
        .filter((one) => !isNone(one))
        .sort()
        .join('\n')
    : own.join('\n');
}

/**
 * What net-tools show, without what differs by right: other interfaces, counts of frames, and the
 * queue length that a stack's interfaces do not have.
 */
function maskedTool(text: string, line: string): string {
  const lines = text
    .replaceAll('  txqueuelen 0', '')
    .split('\n')
    .filter((one) => !/^(peer0|lo) /.test(one))
    .map((one) =>
      /^eth0 |[RT]X (packets|errors)/.test(one) ? one.replace(/\d[\d.]* ?[KM]?i?B?/g, '#') : one,
    )
    .map((one) => (line === 'netstat -i' ? one.replace(/ +/g, ' ') : one));
  return line.startsWith('arp') ? lines.sort().join('\n') : lines.join('\n');
}

interface Row {
  readonly ifname?: string;
  readonly link?: string;
  readonly uid?: number;
  readonly ifindex?: number;
  readonly mtu?: number;
}

/** The rows of JSON without what differs by right. */
function maskedJson(text: string): unknown[] {
  const rows = (JSON.parse(text) as Row[]).filter(({ ifname }) => ifname !== 'peer0');
  return rows
    .map(({ ifindex: _index, link: _link, uid: _uid, ...rest }) =>
      rest.ifname === 'lo' ? { ...rest, mtu: 0 } : rest,
    )
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

describe('strata ip beside the kernel, after the same changes', () => {
  it.each(SHOWN)('shows what ip shows: %s', async (line) => {
    const kernel = await host.run('ip', line.split(' '));
    const ours = await strataIp(line);
    if (line.startsWith('-j')) {
      expect(maskedJson(ours.stdout)).toEqual(maskedJson(kernel.stdout));
    } else expect(masked(ours.stdout, line)).toBe(masked(kernel.stdout, line));
  });

  it.each([
    'route -n',
    'arp -n',
    'arp -an',
    'arp -n 192.0.2.7',
    'ifconfig eth9',
    'netstat -rn',
    'netstat -tn',
    'netstat -lntu',
    'netstat -i',
    'ifconfig eth0',
  ])('shows what net-tools show: %s', async (line) => {
    const [tool = '', ...args] = line.split(' ');
    const kernel = await host.run(tool, args, { check: false });
    const strata = [STRATA, tool, '--api', api, ...args];
    const ours = await run(process.execPath, strata, { check: false });
    expect(maskedTool(ours.stdout, line)).toBe(maskedTool(kernel.stdout, line));
    expect(ours.stderr.trim()).toBe(kernel.stderr.trim());
  });

  it.each(REFUSED)('refuses what ip refuses, as ip says it: %s', async (line) => {
    const kernel = await host.run('ip', line.split(' '), { check: false });
    const ours = await strataIp(line, false);
    expect(kernel.code).not.toBe(0);
    const [first = ''] = kernel.stderr.trim().split('\n');
    // Behind the kernel's words stands what the stack knows better.
    expect(ours.stderr).toContain(first.replace(/\.$/, ''));
    expect(ours.code).toBe(kernel.code);
  });

  it.each([
    ['addr del 192.0.2.2/24 dev eth0', 'a primary address that takes the secondary one along'],
    ['route del 10.0.0.0/8', 'the first of two routes to a prefix'],
    ['link set eth0 mtu 1300', 'an MTU'],
    ['link set eth0 arp off', 'no ARP: all neighbours are forgotten'],
    ['n add 192.0.2.1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent', 'a neighbour set by hand'],
    ['link set eth0 down', 'an interface that takes its routes and neighbours along'],
    ['link set eth0 up', 'an interface that comes back with the connected routes'],
    ['addr flush dev eth0', 'the last address, with all routes'],
  ])('and after %s: %s', async (change) => {
    await host.run('ip', change.split(' '));
    await strataIp(change);
    for (const line of ['a', 'r s table all', 'n s nud all']) {
      const kernel = await host.run('ip', line.split(' '));
      expect(masked((await strataIp(line)).stdout, line)).toBe(masked(kernel.stdout, line));
    }
  });
});
