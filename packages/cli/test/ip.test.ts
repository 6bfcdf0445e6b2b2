import type { ConsoleApi } from '../src/console-api.ts';
import { runIp } from '../src/ip/run-ip.ts';
import { type Asked, FakeConsole } from './support/fake-console.ts';

let console: FakeConsole;
beforeEach(() => {
  console = new FakeConsole();
});

const ip = (line: string) =>
  runIp(console as unknown as ConsoleApi, undefined, line.split(' ').filter(Boolean));

describe('strata ip shows', () => {
  it('addresses: the primary ones first, with what conflict detection found', async () => {
    expect(await ip('a s dev eth0')).toBe(
      [
        '1: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default ',
        '    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff',
        '    inet 192.0.2.2/24 brd 192.0.2.255 scope global eth0',
        '       valid_lft forever preferred_lft forever',
        '    inet 203.0.113.5/31 scope global dadfailed tentative eth0',
        '       valid_lft forever preferred_lft forever',
        '    inet 192.0.2.3/24 brd 192.0.2.255 scope global secondary tentative eth0',
        '       valid_lft forever preferred_lft forever',
        '',
      ].join('\n'),
    );
  });

  it.each([
    ['a s up', ['lo:', 'eth0:'], ['eth1:']],
    ['a s to 203.0.113.0/24', ['203.0.113.5/31'], ['192.0.2.2', 'eth1:']],
    ['a s secondary', ['192.0.2.3/24'], ['192.0.2.2/24', 'lo:']],
    ['a s scope host', ['127.0.0.1/8'], ['eth0:']],
    ['link show up', ['eth0:'], ['eth1:']],
    ['r s root 10.0.0.0/8', ['10.0.0.0/8', '10.1.0.0/16'], ['default']],
    ['r s match 10.1.2.3', ['default', '10.0.0.0/8', '10.1.0.0/16'], ['192.0.2.0']],
    ['r s exact 10.0.0.0/8', ['10.0.0.0/8'], ['10.1.0.0', 'default']],
    ['r s type prohibit', ['prohibit 10.1.0.0/16'], ['default']],
    ['r s table local', ['broadcast 192.0.2.255'], ['default']],
    ['r s table all', ['default', 'table local'], []],
    ['n s nud noarp', ['192.0.2.10'], ['192.0.2.1 ']],
    ['n s proxy', ['192.0.2.11'], ['192.0.2.1 ']],
    ['n s to 192.0.2.8/29', ['192.0.2.9'], ['192.0.2.1 ', '192.0.2.10']],
  ])('what the filter takes: %s', async (line, there, absent) => {
    const text = await ip(line);
    for (const part of there) expect(text).toContain(part);
    for (const part of absent) expect(text).not.toContain(part);
  });

  it('an interface that is down, and one that asks nobody', async () => {
    expect(await ip('link show eth1')).toContain(
      '2: eth1: <BROADCAST,MULTICAST,NOARP> mtu 1500 qdisc noqueue state DOWN mode DEFAULT',
    );
  });

  it('counters in columns as wide as they need', async () => {
    const lines = (await ip('-s link show eth0')).split('\n');
    expect(lines.slice(2, 6)).toEqual([
      '    RX:   bytes packets errors dropped  missed   mcast           ',
      '    12345678901       7      0       0       0       0 ',
      '    TX:   bytes packets errors dropped carrier collsns           ',
      '              0       3      0       0       0       0 ',
    ]);
  });

  it('routes by address, and leaves out what the filter says', async () => {
    expect((await ip('route')).split('\n').map((line) => line.trim())).toEqual([
      'default via 192.0.2.1 dev eth0 proto static',
      '10.0.0.0/8 via 192.0.2.1 dev eth0 src 192.0.2.3 metric 5 mtu 1400',
      'prohibit 10.1.0.0/16',
      '172.16.0.0/12 proto static',
      'nexthop via 192.0.2.1 dev eth0 weight 2',
      'nexthop dev eth1 weight 1',
      '192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.2',
      '',
    ]);
    expect(await ip('r s dev eth0 proto static 0/0')).toBe('default via 192.0.2.1 \n');
    const [several] = JSON.parse(await ip('-j r s dev eth1')) as [{ nexthops: unknown }];
    expect(several.nexthops).toEqual([
      { gateway: '192.0.2.1', dev: 'eth0', weight: 2, flags: [] },
      { dev: 'eth1', weight: 1, flags: [] },
    ]);
  });

  it('neighbours with their ages in seconds', async () => {
    expect(await ip('n')).toBe(
      '192.0.2.1 dev eth0 lladdr 02:00:00:00:00:01 STALE \n192.0.2.9 dev eth0  INCOMPLETE \n',
    );
    expect(await ip('-s n get 192.0.2.1 dev eth0')).toBe(
      '192.0.2.1 dev eth0 lladdr 02:00:00:00:00:01  used 5/61/1probes 2 STALE \n',
    );
  });

  it('the way to a destination, with what was learnt', async () => {
    expect(await ip('ro ge 1.2.3.4')).toBe(
      '1.2.3.4 via 192.0.2.1 dev eth0 src 192.0.2.2 \n    cache <redirected> expires 600sec mtu 1400 \n',
    );
    expect(console.asked).toEqual([['GET', '/api/route', { to: '1.2.3.4' }]]);
  });

  it('colours with -c', async () => {
    expect(await ip('-c -br link show eth1')).toContain('\x1b[36meth1\x1b[0m');
  });

  it('JSON as ip -j does, over several lines with -p', async () => {
    expect(JSON.parse(await ip('-j r s exact 10.0.0.0/8'))).toEqual([
      {
        dst: '10.0.0.0/8',
        gateway: '192.0.2.1',
        dev: 'eth0',
        prefsrc: '192.0.2.3',
        metric: 5,
        flags: [],
        metrics: [{ mtu: 1400 }],
      },
    ]);
    expect(await ip('-j -p n s nud noarp')).toBe(`[ {
        "dst": "192.0.2.10",
        "dev": "eth0",
        "lladdr": "02:00:00:00:00:01",
        "state": [ "NOARP" ]
    } ]
`);
  });
});

describe('strata ip asks for changes', () => {
  it.each<[string, Asked]>([
    ['l set eth0 down', ['PUT', '/api/interfaces', { interface: 'eth0' }, { up: false }]],
    [
      'link set dev eth0 up mtu 1400 arp off',
      ['PUT', '/api/interfaces', { interface: 'eth0' }, { up: true, mtu: 1400, arp: false }],
    ],
    [
      'addr add 192.0.2.77/24 brd + dev eth0',
      [
        'POST',
        '/api/addresses',
        { interface: 'eth0' },
        { action: 'add', address: '192.0.2.77/24' },
      ],
    ],
    [
      'a d 192.0.2.3/255.255.255.0 dev eth0',
      [
        'POST',
        '/api/addresses',
        { interface: 'eth0' },
        { action: 'delete', address: '192.0.2.3/24' },
      ],
    ],
    [
      'r a default via 192.0.2.1',
      [
        'POST',
        '/api/routes',
        {},
        { action: 'add', to: '0.0.0.0/0', metric: 0, via: '192.0.2.1', protocol: 3 },
      ],
    ],
    [
      'r a 10.4.0.0/16 nexthop via 192.0.2.1 weight 3 nexthop dev eth0',
      [
        'POST',
        '/api/routes',
        {},
        {
          action: 'add',
          to: '10.4.0.0/16',
          metric: 0,
          nexthops: [
            { via: '192.0.2.1', weight: 3 },
            { interfaceIndex: 1, weight: 1 },
          ],
          protocol: 3,
        },
      ],
    ],
    [
      'ro append blackhole 10.2/16 metric 7 proto static',
      [
        'POST',
        '/api/routes',
        {},
        { action: 'append', to: '10.2.0.0/16', metric: 7, type: 'blackhole', protocol: 4 },
      ],
    ],
    [
      'route replace 10.3.0.0/16 dev eth0 scope link mtu 1300 src 192.0.2.2',
      [
        'POST',
        '/api/routes',
        {},
        {
          action: 'replace',
          to: '10.3.0.0/16',
          metric: 0,
          interfaceIndex: 1,
          source: '192.0.2.2',
          mtu: 1300,
          protocol: 3,
        },
      ],
    ],
    [
      'r del 10.0.0.0/8',
      ['POST', '/api/routes', {}, { action: 'delete', to: '10.0.0.0/8', metric: 0 }],
    ],
    [
      'n replace 192.0.2.7 lladdr 02:00:00:00:00:07 dev eth0 nud reach',
      [
        'PUT',
        '/api/neighbours',
        { interface: 'eth0' },
        { address: '192.0.2.7', mode: 'replace', mac: '02:00:00:00:00:07', state: 'reachable' },
      ],
    ],
    [
      'n del 192.0.2.7 dev eth0',
      ['DELETE', '/api/neighbours', { interface: 'eth0', address: '192.0.2.7' }],
    ],
    [
      'n flush dev eth0',
      [
        'POST',
        '/api/neighbours/flush',
        {},
        {
          states: ['reachable', 'stale', 'incomplete', 'delay', 'probe', 'failed'],
          interface: 'eth0',
        },
      ],
    ],
  ])('%s', async (line, asked) => {
    expect(await ip(line)).toBe('');
    expect(console.asked).toEqual([asked]);
  });

  it('one deletion for each route or address that is flushed', async () => {
    await ip('r flush dev eth0 proto static');
    expect(console.asked.map(([, , , body]) => body)).toEqual([
      expect.objectContaining({
        action: 'delete',
        to: '0.0.0.0/0',
        via: '192.0.2.1',
        interfaceIndex: 1,
      }),
      { action: 'delete', to: '172.16.0.0/12', type: 'unicast', protocol: 4, metric: 0 },
    ]);
    console.asked.length = 0;
    await ip('addr flush dev eth0');
    const deleted = console.asked.map(([, , , body]) => (body as { address: string }).address);
    // The secondary address before its primary one, which would take it along.
    expect(deleted).toEqual(['192.0.2.3/24', '203.0.113.5/31', '192.0.2.2/24']);
  });
});
