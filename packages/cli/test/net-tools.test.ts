import type { ConsoleApi } from '../src/console-api.ts';
import { humanOctets } from '../src/net-tools/ifconfig.ts';
import { maskOf } from '../src/net-tools/route-table.ts';
import { runArp, runIfconfig, runNetstat, runRoute } from '../src/net-tools/run.ts';
import { formatStatistics } from '../src/net-tools/statistics.ts';
import { FakeConsole } from './support/fake-console.ts';

let console: FakeConsole;
let api: ConsoleApi;
beforeEach(() => {
  console = new FakeConsole();
  api = console as unknown as ConsoleApi;
});

describe('strata route', () => {
  it('names the default route, and shows routes that refuse', async () => {
    const lines = (await runRoute(api, {})).split('\n');
    expect(lines[2]).toBe(
      'default         192.0.2.1       0.0.0.0         UG    0      0        0 eth0',
    );
    expect(lines[4]).toBe(
      '10.1.0.0        -               255.255.0.0     !     0      -        0 -',
    );
  });
});

describe('strata arp', () => {
  it("shows a table, or BSD's lines", async () => {
    const table = (await runArp(api, [], {})).split('\n');
    expect(table[1]).toBe(
      '192.0.2.1                ether   02:00:00:00:00:01   C                     eth0',
    );
    expect(table[2]).toBe(
      '192.0.2.9                        (incomplete)                              eth0',
    );
    expect(await runArp(api, [], { all: true })).toContain(
      '? (192.0.2.11) at <from_interface> PERM PUB on eth0\n',
    );
  });

  it('sets an entry on the interface of the way there, and deletes one', async () => {
    await runArp(api, ['02:00:00:00:00:09'], { set: '192.0.2.77' });
    await runArp(api, [], { delete: '192.0.2.1' });
    const entry = { address: '192.0.2.77', mac: '02:00:00:00:00:09', state: 'permanent' };
    expect(console.asked.slice(1)).toEqual([
      ['PUT', '/api/neighbours', { interface: 'eth0' }, entry],
      ['DELETE', '/api/neighbours', { interface: 'eth0', address: '192.0.2.1' }],
    ]);
  });

  it.each([
    ['an address without an entry', [], { delete: '192.0.2.99' }, 'No ARP entry for 192.0.2.99'],
    ['no MAC address', [], { set: '192.0.2.9' }, 'arp: need hardware address'],
    ['a host that is not there', ['192.0.2.99'], {}, '192.0.2.99 (192.0.2.99) -- no entry'],
  ])('refuses %s', async (_what, words, options, message) => {
    await expect(runArp(api, words, options)).rejects.toMatchObject({ message });
  });
});

describe('strata ifconfig', () => {
  it('shows what is up, with -a all', async () => {
    expect(await runIfconfig(api, [], {})).not.toContain('eth1:');
    expect(await runIfconfig(api, [], { all: true })).toContain(
      'eth1: flags=4226<BROADCAST,NOARP,MULTICAST>  mtu 1500\n',
    );
  });

  it('replaces the first address, and brings the interface up', async () => {
    await runIfconfig(api, 'eth0 192.0.2.77 netmask 255.255.255.128 mtu 1400'.split(' '), {});
    const query = { interface: 'eth0' };
    expect(console.asked).toEqual([
      ['POST', '/api/addresses', query, { action: 'delete', address: '192.0.2.2/24' }],
      ['POST', '/api/addresses', query, { action: 'add', address: '192.0.2.77/25' }],
      ['PUT', '/api/interfaces', query, { up: true, mtu: 1400 }],
    ]);
  });

  it('cuts digits of octets, as ifconfig does', () => {
    expect([0, 796, 2404, 12345678901].map(humanOctets)).toEqual([
      '0.0 B',
      '796.0 B',
      '2.3 KiB',
      '11.4 GiB',
    ]);
  });
});

describe('strata netstat', () => {
  it('shows the table of interfaces', async () => {
    expect(await runNetstat(api, { interfaces: true })).toContain(
      'eth0             1500        7      0      0 0             3      0      0      0 BMRU\n',
    );
  });

  it('shows counters in words, those without words by name, and leaves zeros out', () => {
    const counters = new Map([
      ['TcpActiveOpens', 3],
      ['TcpExtTCPTimeouts', 2],
      ['TcpExtTCPDSACKRecv', 0],
      ['IpExtInOctets', 100],
      ['UdpNoPorts', 1],
    ]);
    const text = formatStatistics(counters, { tcp: true, udp: false });
    expect(text).toContain('Tcp:\n    3 active connection openings\n    0 passive');
    expect(text).toContain('TcpExt:\n    TCPTimeouts: 2\n');
    expect(text).not.toContain('DSACK');
    expect(text).not.toContain('Udp');
  });

  it.each([
    [0, '0.0.0.0'],
    [1, '128.0.0.0'],
    [25, '255.255.255.128'],
    [32, '255.255.255.255'],
  ])('writes a length of %s as a mask', (length, mask) => {
    expect(maskOf(length)).toBe(mask);
  });
});
