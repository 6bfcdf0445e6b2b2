import type { Config } from '@strata/runtime';
import { ConfigError, KNOBS } from '@strata/runtime';
import { parseLab } from '@strata/runtime/lab';
import { formatIpv4 } from '@strata/wire';

function problemsOf(yaml: string): string[] {
  try {
    parseLab(yaml, 'test.yaml');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

/** The addresses of a stack's interfaces: `eth0 a 10.0.1.1/24`. */
function interfacesOf({ stacks }: Config, stack: string): string[] {
  return stacks[stack]!.interfaces.map(({ name, wire, addresses }, index) => {
    const texts = addresses.map(
      ({ address, prefixLength }) => `${formatIpv4(address)}/${prefixLength}`,
    );
    return [name ?? `eth${index}`, wire, ...texts].join(' ');
  });
}

function routesOf({ stacks }: Config, stack: string): string[] {
  return stacks[stack]!.routes.map(({ to, via, metric }) => {
    const gateway = via === undefined ? '' : ` via ${formatIpv4(via)}`;
    return `${formatIpv4(to.address)}/${to.prefixLength}${gateway} metric ${metric}`;
  });
}

describe('A lab file', () => {
  const lan = 'hosts: { a, b }\nswitches: { lan: { ends: { a, b } } }\n';

  it('gives each wire a network and each end an address, in the order of the file', () => {
    const { config } = parseLab(
      'hosts: { a, b, c }\nswitches: { lan: { ends: { a, b } } }\nlinks: { wan: { ends: { c, b } } }',
      'test.yaml',
    );
    expect(interfacesOf(config, 'a')).toEqual(['eth0 lan 10.0.1.1/24']);
    expect(interfacesOf(config, 'b')).toEqual(['eth0 lan 10.0.1.2/24', 'eth1 wan 10.0.2.2/24']);
    expect(interfacesOf(config, 'c')).toEqual(['eth0 wan 10.0.2.1/24']);
  });

  it('leaves out networks and addresses that the file gives to others', () => {
    const { config } = parseLab(
      `hosts: { a, b, c: { } }
switches:
  lan: { ends: { a, b } }
  given: { network: 10.0.1.0/28, ends: { a, b: 10.0.1.1/28, c } }`,
      'test.yaml',
    );
    expect(interfacesOf(config, 'a')).toEqual(['eth0 lan 10.0.2.1/24', 'eth1 given 10.0.1.2/28']);
    expect(interfacesOf(config, 'c')).toEqual(['eth0 given 10.0.1.3/28']);
  });

  it('takes the network of the first address given', () => {
    const text = 'hosts: { a, b }\nlinks: { l: { ends: { a: , b: 192.0.2.6/31 } } }';
    const { config } = parseLab(text, 'test.yaml');
    expect(interfacesOf(config, 'a')).toEqual(['eth0 l 192.0.2.7/31']);
  });

  it('finds a gateway by the name of a neighbour, and a network by that of its wire', () => {
    const { config } = parseLab(
      `hosts: { a: { gateway: b }, b: { routes: [{ to: far, via: c, metric: 5 }] }, c, d }
links: { near: { ends: { a, b } }, middle: { ends: { b, c } }, far: { ends: { c, d } } }`,
      'test.yaml',
    );
    expect(routesOf(config, 'a')).toEqual(['0.0.0.0/0 via 10.0.1.2 metric 0']);
    expect(routesOf(config, 'b')).toEqual(['10.0.3.0/24 via 10.0.2.2 metric 5']);
  });

  it('gives the host of a TAP the next address, and each TAP a name of its own', () => {
    const { config } = parseLab(
      `hosts: { a, b }
switches: { one: { tap: , ends: { a, b } }, two: { tap: { address: 10.9.0.9/24 }, ends: { a } } }`,
      'test.yaml',
    );
    const taps = Object.values(config.wires).map(({ tap }) => [
      tap?.name,
      formatIpv4(tap!.address!.address),
    ]);
    expect(taps).toEqual([
      ['strata0', '10.0.1.3'],
      ['strata1', '10.9.0.9'],
    ]);
  });

  it('hands the fields of wires and interfaces on to the config', () => {
    const { config } = parseLab(
      `hosts: { a: { applications: { echo: { port: 77 } } }, b: { sysctl: { net.ipv4.tcp_sack: 0 } } }
links:
  l:
    mtu: 1400
    impairment: { delayMs: 20 }
    ends: { a: { mtu: 1300, impairment: { out: { lossRatio: 0.5 } } }, b: { mac: '02:00:00:00:00:0b' } }`,
      'test.yaml',
    );
    expect(config.wires['l']).toMatchObject({ mtu: 1400, impairment: { delayMs: 20 } });
    expect(config.stacks['a']).toMatchObject({
      interfaces: [{ mtu: 1300, impairment: { out: { lossRatio: 0.5 } } }],
      applications: { echo: { port: 77 } },
    });
    expect(config.stacks['b']).toMatchObject({
      interfaces: [{ mac: 0x02000000000b }],
      sysctl: { 'net.ipv4.tcp_sack': 0 },
    });
  });

  it('knows what is a switch, a link, a host', () => {
    const lab = parseLab(
      'title: two\nhosts: { a, b }\nswitches: { s: { ends: { a } } }\nlinks: { l: { ends: { a, b } } }',
      'test.yaml',
    );
    expect(lab).toMatchObject({
      title: 'two',
      nodes: { a: 'host', b: 'host' },
      wires: { s: 'switch', l: 'link' },
    });
  });

  it('reads the times of events', () => {
    const { events } = parseLab(
      `${lan}events: [{ at: 1.5s, do: link lan down }, { at: 500ms, do: link lan up }]`,
      'test.yaml',
    );
    expect(events).toEqual([
      { at: 1500, do: 'link lan down' },
      { at: 500, do: 'link lan up' },
    ]);
  });

  it('joins a switch to another process by UDP', () => {
    const text =
      'hosts: { a }\nlinks: { l: { udp: { listen: 127.0.0.1:9000, peer: 127.0.0.1:9001 }, ends: { a } } }';
    expect(parseLab(text, 'test.yaml').config.wires['l']?.udp).toEqual({
      listen: { host: '127.0.0.1', port: 9000 },
      peer: { host: '127.0.0.1', port: 9001 },
    });
  });

  const forwarding = KNOBS.some(({ name, most }) => name === 'net.ipv4.ip_forward' && most === 1);
  (forwarding ? it : it.skip)('lets routers forward, unless the file says otherwise', () => {
    const { config } = parseLab(
      `routers: { r, s: { sysctl: { net.ipv4.ip_forward: 0 } } }\nlinks: { l: { ends: { r, s } } }`,
      'test.yaml',
    );
    const forwards = Object.values(config.stacks).map(({ sysctl }) => sysctl);
    expect(forwards).toEqual([{ 'net.ipv4.ip_forward': 1 }, { 'net.ipv4.ip_forward': 0 }]);
  });
});

describe('A fault in a lab file', () => {
  it.each([
    [
      'an unknown field',
      'hosts: { a, b }\nlinks: { l: { latency: 5, ends: { a, b } } }',
      'links.l.latency: unknown field (it holds 5); there is: network, mtu, offload, fcs, impairment, tap, udp, ends',
    ],
    [
      'an end that nobody has',
      'hosts: { left, right }\nswitches: { s: { ends: { rigth } } }',
      'switches.s.ends.rigth: there is no host or router rigth; defined: left, right (did you mean right?)',
    ],
    [
      'a name used twice',
      'hosts: { a, b }\nlinks: { a: { ends: { a, b } } }',
      'links.a: a is already the name of hosts.a: should be another name',
    ],
    [
      'a link with three ends',
      'hosts: { a, b, c }\nlinks: { l: { ends: { a, b, c } } }',
      'links.l.ends: a link has two ends (a tap or udp counts as one), not 3: should be a switch',
    ],
    [
      'a gateway that is no neighbour',
      'hosts: { a: { gateway: c }, b, c }\nlinks: { l: { ends: { a, b } }, m: { ends: { b, c } } }',
      "hosts.a.gateway: 'c' should be an address or the name of a neighbour: b",
    ],
    [
      'a gateway on two wires',
      'hosts: { a: { gateway: b }, b }\nlinks: { l: { ends: { a, b } }, m: { ends: { a, b } } }',
      'hosts.a.gateway: b has several addresses: should be one of 10.0.1.2 on l, 10.0.2.2 on m',
    ],
    [
      'a destination that is no network',
      'hosts: { a: { routes: [{ to: wann, via: b }] }, b }\nlinks: { wan: { ends: { a, b } } }',
      "hosts.a.routes[0].to: 'wann' should be 'default', a network such as 198.51.100.0/24 with no bit set behind the prefix, or a switch or link of the lab: wan (did you mean wan?)",
    ],
    [
      'a gateway out of reach',
      'hosts: { a: { gateway: 198.51.100.1 }, b }\nlinks: { l: { ends: { a, b } } }',
      "hosts.a.gateway: 198.51.100.1 is in no network of the stack's interfaces",
    ],
    [
      'an address given twice',
      'hosts: { a, b }\nlinks: { l: { ends: { a: 192.0.2.1/24, b: 192.0.2.1/24 } } }',
      'links.l.ends.b.address: 192.0.2.1 is already the address of links.l.ends.a.address: should be another address',
    ],
    [
      'a network that is too small',
      'hosts: { a, b, c }\nswitches: { s: { network: 192.0.2.0/30, ends: { a, b, c } } }',
      'switches.s.ends.c: no address is left for it in 192.0.2.0/30',
    ],
    [
      'a host on no wire',
      'hosts: { a, b, c }\nlinks: { l: { ends: { a, b } } }',
      'hosts.c: c is on no switch or link: should be an end of one',
    ],
    [
      'a time without its unit',
      "hosts: { a, b }\nlinks: { l: { ends: { a, b } } }\nevents: [{ at: '5', do: link l down }]",
      "events[0].at: '5' should be a time after the start, such as 5s or 500ms",
    ],
  ])('%s is refused with its place', (_, text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });

  it('hides no other fault', () => {
    const problems = problemsOf(`hosts:
  a: { gateway: nobody, routes: [{ to: default }, { too: x }, { to: 10.9.0.0/16, via: 10.0.1.77, metric: -1 }] }
  b: { sysctl: { net.ipv4.tcp_sak: 1 }, applications: { echo: { port: 80 }, http: { port: 80 } } }
links:
  l: { mtu: 20, udp: { listen: here }, ends: { a: 10.0.1.1, b: } }`);
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'hosts.a.routes[1].to',
      'hosts.a.routes[1].too',
      'hosts.a.routes[2].metric',
      "hosts.b.sysctl['net.ipv4.tcp_sak']",
      'links.l.mtu',
      'links.l.udp.listen',
      'links.l.udp.peer',
      'links.l.ends.a.address',
      'hosts.a.gateway',
      'hosts.a.routes[0]',
      'hosts.b.applications.http.port',
    ]);
  });
});
