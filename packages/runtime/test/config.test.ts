import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LinkCore } from '@strata/link';
import { NetworkCore } from '@strata/network';
import { defaultTransportSysctl } from '@strata/transport';
import { formatIpv4, formatMac, isGroupMac } from '@strata/wire';
import { defaultConfig, loadConfig, parseConfig } from '../src/config/index.ts';
import {
  type Config,
  ConfigError,
  interfacesOf,
  serviceTapOf,
  stackOf,
  sysctlFor,
  sysctlKey,
  sysctlNames,
  withNats,
  withNetns,
} from '../src/index.ts';

function refusal(yaml: string): ConfigError {
  try {
    parseConfig(yaml, 'test.yaml');
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the config was taken');
}

const lan = (more: string) =>
  `stacks: { server: { interfaces: [ { wire: lan, addresses: [192.0.2.2/24] } ], ${more} } }`;

/** A few lines of YAML that expand to 9 to the power of `levels` values. */
function growth(levels: number): string {
  const lines = ['x0: &x0 [1]'];
  for (let level = 1; level <= levels; level += 1) {
    const aliases = new Array(9).fill(`*x${level - 1}`).join(', ');
    lines.push(`x${level}: &x${level} [${aliases}]`);
  }
  return lines.join('\n');
}

describe('The config without a file', () => {
  const config = defaultConfig();

  it('is a server, a client and the host on one virtual wire (design 7)', () => {
    const addresses = (stack: string) =>
      interfacesOf(config, stack).map(
        ({
          config: {
            addresses: [first],
            wire,
          },
        }) => [wire, formatIpv4(first!.address), first!.prefixLength],
      );
    expect(addresses('server')).toEqual([['lan', '192.0.2.2', 24]]);
    expect(addresses('client')).toEqual([['lan', '192.0.2.3', 24]]);
    const tap = config.wires['lan']!.tap!;
    expect([formatIpv4(tap.address!.address), tap.required]).toEqual(['192.0.2.1', false]);
    expect(config.bus.kind).toBe('memory');
  });

  it('forwards 127.0.0.1:8080 through the client to port 80 of the server', () => {
    expect(config.forwards).toEqual([
      {
        listen: { host: '127.0.0.1', port: 8080 },
        stack: 'client',
        to: { address: 0xc0000202, port: 80 },
      },
    ]);
    expect(config.console.listen).toEqual({ host: '127.0.0.1', port: 7777 });
    expect(stackOf(config, 'server').applications).toEqual({
      echo: { port: 7, udp: true },
      discard: { port: 9, udp: true },
      chargen: { port: 19, udp: true },
      daytime: { port: 13, udp: true },
      time: { port: 37, udp: true },
      messages: { port: 7070 },
      http: { port: 80 },
    });
  });

  it('gives each interface its own MAC address, the same at each start', () => {
    const macs = ['server', 'client'].map((stack) => interfacesOf(config, stack)[0]!.mac);
    expect(new Set(macs).size).toBe(2);
    for (const mac of macs) {
      expect(isGroupMac(mac)).toBe(false);
      expect(formatMac(mac)).toMatch(/^02:/);
    }
    expect(interfacesOf(defaultConfig(), 'server')[0]!.mac).toBe(macs[0]);
  });

  it("lets only the server's link service open the TAP itself", () => {
    expect([serviceTapOf(config, 'server'), serviceTapOf(config, 'client')]).toEqual([
      'direct',
      'none',
    ]);
  });
});

describe('A config file', () => {
  it('replaces the sections that it gives and keeps the others', () => {
    const config = parseConfig('log: { level: debug }\nconsole: { listen: "[::1]:80" }', 'x');
    expect(config.log.level).toBe('debug');
    expect(config.console.listen).toEqual({ host: '::1', port: 80 });
    expect(Object.keys(config.stacks)).toEqual(['server', 'client']);
    expect(config.forwards).toHaveLength(1);
  });

  it('has no default forward if it defines its own stacks', () => {
    const config = parseConfig(lan(''), 'x');
    expect(Object.keys(config.stacks)).toEqual(['server']);
    expect(config.forwards).toEqual([]);
  });

  it('sets knobs by their Linux names, for the layer that has them', () => {
    const config = parseConfig(
      lan(
        'sysctl: { net.ipv4.tcp_syn_retries: 3, net.ipv4.tcp_rmem: 4096 87380 6291456, net.ipv4.ip_default_ttl: 32, net.ipv4.tcp_congestion_control: reno }',
      ),
      'x',
    );
    const { sysctl } = stackOf(config, 'server');
    expect(sysctlFor('transport', sysctl)).toEqual({
      tcp_syn_retries: 3,
      tcp_rmem: [4096, 87380, 6291456],
      ip_default_ttl: 32,
      tcp_congestion_control: 'reno',
    });
    expect(sysctlFor('network', sysctl)).toEqual({ ip_default_ttl: 32 });
    expect(sysctlFor('link', sysctl)).toEqual({});
  });

  it('sets the knobs of all interfaces, of one, and of those that have no value of their own', () => {
    const { sysctl } = stackOf(
      parseConfig(
        lan(
          'sysctl: { net.ipv4.conf.all.arp_accept: 1, net.ipv4.conf.eth0.arp_notify: 0, net.ipv4.neigh.default.locktime: 5, net.ipv4.conf.lo.accept_redirects: 0, net.ipv4.neigh.default.gc_thresh1: 1 }',
        ),
        'x',
      ),
      'server',
    );
    expect(sysctlFor('link', sysctl)).toEqual({
      'conf.all.arp_accept': 1,
      'conf.eth0.arp_notify': 0,
      'neigh.default.locktime': 5,
      gc_thresh1: 1,
    });
    expect(sysctlFor('network', sysctl)).toEqual({ 'conf.lo.accept_redirects': 0 });
  });

  // biome-ignore format: a table reads best with one row a line
  it.each([
    ['an interface that is not there', 'net.ipv4.conf.eth7.arp_accept', /there is no interface eth7; defined: eth0, all, default/],
    ["loopback, for a knob of link's", 'net.ipv4.conf.lo.arp_accept', /there is no interface lo/],
    ['a misspelt knob', 'net.ipv4.conf.eth0.arp_acept', /did you mean net\.ipv4\.conf\.eth0\.arp_accept\?/],
    ['all, where there is no all', 'net.ipv4.neigh.all.locktime', /did you mean net\.ipv4\.neigh\.default\.locktime\?/],
    ["the table's limit, for an interface", 'net.ipv4.neigh.eth0.gc_thresh1', /there is no knob/],
  ])('refuses the knob of %s', (_, name, message) => {
    expect(refusal(lan(`sysctl: { ${name}: 1 }`)).message).toMatch(message);
  });

  it('refuses an interface whose name stands for interfaces in the names of knobs', () => {
    const yaml =
      'stacks: { s: { interfaces: [ { name: all, wire: lan, addresses: [192.0.2.2/24] } ] } }';
    expect(refusal(yaml).message).toMatch(/all stands for interfaces/);
  });

  it('may give an interface its own TAP, and each direction its own impairment', () => {
    const config = parseConfig(
      `stacks: { s: { interfaces: [ { name: eth9, tap: { name: t0, mtu: 9000, offload: true }, mac: "02:00:00:00:00:07",
         addresses: [10.0.0.1/8], impairment: { in: { lossRatio: 0.5, seed: 7 } } } ] } }`,
      'x',
    );
    const [entry] = interfacesOf(config, 's');
    expect(entry).toMatchObject({
      index: 1,
      name: 'eth9',
      mtu: 9000,
      offload: true,
      mac: 0x020000000007,
    });
    expect(entry!.config.impairment.in).toMatchObject({ lossRatio: 0.5, delayMs: 0, seed: 7 });
    expect(entry!.config.impairment.out).toBeUndefined();
    expect(serviceTapOf(config, 's')).toBe('none');
  });

  it('is read from its path; without a path and a file the defaults apply', () => {
    const folder = mkdtempSync(join(tmpdir(), 'strata-config-'));
    try {
      const path = join(folder, 'a.yaml');
      writeFileSync(path, 'log: { level: warn }');
      expect(loadConfig(path).log.level).toBe('warn');
      expect(() => loadConfig(join(folder, 'none.yaml'))).toThrow(/none\.yaml.*ENOENT/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('may be a FIFO, such as <(…) of a shell', () => {
    const folder = mkdtempSync(join(tmpdir(), 'strata-config-'));
    try {
      const fifo = join(folder, 'fifo');
      execFileSync('mkfifo', [fifo]);
      const writer = spawn('sh', ['-c', `printf 'log: { level: warn }' > ${fifo}`]);
      expect(loadConfig(fifo).log.level).toBe('warn');
      writer.unref();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is refused if it has no end', () => {
    expect(() => loadConfig('/dev/zero')).toThrow('/dev/zero: it has more than 1,048,576 octets');
  });

  it('may be empty', () => {
    expect(parseConfig('# nothing\n', 'x')).toEqual(defaultConfig());
  });
});

describe('An invalid config', () => {
  // biome-ignore format: a table reads best with one row a line
  it.each([
    ['an unknown field', 'colour: red', "colour: unknown field (it holds 'red'); there is: bus, wires, stacks, forwards, console, health, log"],
    ['an unknown field deep down', 'wires: { lan: { fsc: true } }', 'wires.lan.fsc: unknown field (it holds true); there is: fcs, mtu, offload, impairment, tap, udp (did you mean fcs?)'],
    ['a number out of range', 'wires: { lan: { mtu: 20 } }', 'wires.lan.mtu: 20 should be a whole number from 68 to 65521 octets'],
    ['a fraction', 'wires: { lan: { mtu: 68.5 } }', 'wires.lan.mtu: 68.5 should be a whole number from 68 to 65521 octets'],
    ['a wrong type', 'wires: { lan: { fcs: 1 } }', 'wires.lan.fcs: 1 should be true or false'],
    ['a text for a section', 'console: here', "console: 'here' should have fields"],
    ['a list for stacks', 'stacks: [1]', 'stacks: [ 1 ] should be stacks by name'],
    ['a bus that is not there', 'bus: { kind: kafka }', "bus.kind: 'kafka' should be memory or nats"],
    ['no servers', 'bus: { servers: [] }', 'bus.servers: [] should name at least one NATS server'],
    ['a level', 'log: { level: loud }', "log.level: 'loud' should be trace, debug, info, warn, error or silent"],
    ['an address without prefix', 'stacks: { s: { interfaces: [ { wire: lan, addresses: [192.0.2.2] } ] } }', "stacks.s.interfaces[0].addresses[0]: '192.0.2.2' should be an interface's IPv4 address with its prefix length, such as 192.0.2.2/24, and neither the network's nor its broadcast address"],
    ['a broadcast address', 'stacks: { s: { interfaces: [ { wire: lan, addresses: [192.0.2.255/24] } ] } }', "stacks.s.interfaces[0].addresses[0]: '192.0.2.255/24' should be an interface's IPv4 address with its prefix length, such as 192.0.2.2/24, and neither the network's nor its broadcast address"],
    ['a group MAC', 'stacks: { s: { interfaces: [ { wire: lan, mac: "01:00:5e:00:00:01" } ] } }', "stacks.s.interfaces[0].mac: '01:00:5e:00:00:01' should be a station's MAC address, such as 02:00:00:00:00:02, without the group bit"],
    ['a clamped MSS that is too small', 'stacks: { s: { interfaces: [ { wire: lan, clampMss: 50 } ] } }', 'stacks.s.interfaces[0].clampMss: 50 should be true, false, or a number of octets from 88 to 65495'],
    ['a share above 1', 'wires: { lan: { impairment: { lossRatio: 2 } } }', 'wires.lan.impairment.lossRatio: 2 should be a number from 0 to 1'],
    ['a stack without a good name', 'stacks: { "a b": {} }', "stacks['a b']: the name should be a name of 1 to 32 letters, digits, - or _"],
    ['an unknown knob', lan('sysctl: { net.ipv4.tcp_magic: 1 }'), "stacks.server.sysctl['net.ipv4.tcp_magic']: there is no knob net.ipv4.tcp_magic"],
    ['a knob out of range', lan('sysctl: { net.ipv4.tcp_syn_retries: 500 }'), "stacks.server.sysctl['net.ipv4.tcp_syn_retries']: 500 should be a whole number from 0 to 127"],
    ['a name that a knob has not', lan('sysctl: { net.ipv4.tcp_congestion_control: bbr }'), "stacks.server.sysctl['net.ipv4.tcp_congestion_control']: 'bbr' should be one of cubic, reno, none"],
    ['a knob of three with two', lan('sysctl: { net.ipv4.tcp_rmem: [4096, 8192] }'), "stacks.server.sysctl['net.ipv4.tcp_rmem']: [ 4096, 8192 ] should be 3 whole numbers from 2304 to 2147483647, none smaller than the one before it"],
    ['a forward without a target', 'forwards: [ { listen: 127.0.0.1:80, stack: client } ]', 'forwards[0].to: missing: should be an IPv4 address and a port of 1 to 65535, such as 192.0.2.2:80'],
    ['a port out of range', 'forwards: [ { listen: 127.0.0.1:66000, stack: client, to: 192.0.2.2:80 } ]', "forwards[0].listen: '127.0.0.1:66000' should be a host and a port of 0 to 65535, such as 127.0.0.1:8080"],
    ['a type of route', lan('routes: [ { to: default, type: nat } ]'), "stacks.server.routes[0].type: 'nat' should be unicast, blackhole, unreachable, prohibit or throw"],
    ['next hops beside a gateway', lan('routes: [ { to: default, via: 192.0.2.1, nexthops: [ { via: 192.0.2.3 }, { via: 192.0.2.4 } ] } ]'), 'stacks.server.routes[0].via: should be in one of nexthops: a route has either both or those'],
    ['no next hops', lan('routes: [ { to: default, nexthops: [] } ]'), 'stacks.server.routes[0].nexthops: is empty: should have a next hop for each way'],
    ['a next hop in no network', lan('routes: [ { to: default, nexthops: [ { via: 10.0.0.1 }, { via: 192.0.2.4 } ] } ]'), "stacks.server.routes[0].nexthops[0].via: 10.0.0.1 is in no network of the stack's interfaces"],
    ['a next hop without a way', lan('routes: [ { to: default, nexthops: [ { weight: 2 } ] } ]'), 'stacks.server.routes[0].nexthops[0]: should have a gateway (via), an interface, or both'],
    ['a weight of a next hop', lan('routes: [ { to: default, nexthops: [ { via: 192.0.2.1, weight: 500 } ] } ]'), 'stacks.server.routes[0].nexthops[0].weight: 500 should be a whole number from 1 to 256'],
    ['next hops of a route that has none', lan('routes: [ { to: default, type: blackhole, nexthops: [ { via: 192.0.2.1 } ] } ]'), 'stacks.server.routes[0].nexthops: are not used: a blackhole route has no gateway'],
    ["a source that is not the stack's", lan('routes: [ { to: default, via: 192.0.2.1, source: 192.0.2.9 } ]'), "stacks.server.routes[0].source: 192.0.2.9 is not an address of the stack: should be one of its interfaces'"],
    ['a route with bits behind the prefix', lan('routes: [ { to: 198.51.100.1/24, via: 192.0.2.1 } ]'), "stacks.server.routes[0].to: '198.51.100.1/24' should be 'default', or a network such as 198.51.100.0/24 with no bit set behind the prefix"],
  ])('is refused: %s', (_, yaml, message) => {
    const error = refusal(yaml);
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toBe(`test.yaml: ${message}`);
  });

  // biome-ignore format: a table reads best with one row a line
  it.each([
    ['a wire that is not there', 'stacks: { s: { interfaces: [ { wire: wan, addresses: [192.0.2.9/24] } ] } }', 'stacks.s.interfaces[0].wire: there is no wire wan; defined: lan'],
    ['neither wire nor TAP', 'stacks: { s: { interfaces: [ { addresses: [192.0.2.9/24] } ] } }', 'stacks.s.interfaces[0]: should have either a wire or a tap'],
    ['both wire and TAP', 'stacks: { s: { interfaces: [ { wire: lan, tap: {}, addresses: [192.0.2.9/24] } ] } }', 'stacks.s.interfaces[0]: should have either a wire or a tap'],
    ['an MTU above the wire\'s', 'stacks: { s: { interfaces: [ { wire: lan, mtu: 9000, addresses: [192.0.2.9/24] } ] } }', 'stacks.s.interfaces[0].mtu: 9000 is more than the wire lan carries, 1500 octets'],
    ['a forward through no stack', 'forwards: [ { listen: 127.0.0.1:80, stack: x, to: 192.0.2.2:80 } ]', 'forwards[0].stack: there is no stack x; defined: server, client'],
    ['a gateway out of reach', lan('routes: [ { to: default, via: 10.0.0.1 } ]'), "stacks.server.routes[0].via: 10.0.0.1 is in no network of the stack's interfaces"],
    ['a route to nowhere', lan('routes: [ { to: default } ]'), 'stacks.server.routes[0]: should have a gateway (via), an interface, or both'],
    ['an interface that is not there', lan('routes: [ { to: default, interface: eth5 } ]'), 'stacks.server.routes[0].interface: there is no interface eth5; defined: eth0'],
    ['one name twice', 'stacks: { s: { interfaces: [ { name: a, wire: lan, addresses: [192.0.2.9/24] }, { name: a, wire: lan } ] } }', 'stacks.s.interfaces[1].name: a is already the name of another interface: should be another name'],
    ['one address twice on a wire', 'stacks: { s: { interfaces: [ { wire: lan, addresses: [192.0.2.1/24] } ] } }', 'stacks.s.interfaces[0].addresses[0]: 192.0.2.1 is already the address of wires.lan.tap.address: should be another address'],
  ])('is refused if its fields contradict each other: %s', (_, yaml, message) => {
    expect(refusal(yaml).message).toBe(`test.yaml: ${message}`);
  });

  it('is refused with all its problems at once', () => {
    const error = refusal('log: { level: 3 }\nconsole: { port: 1 }\nx: 1');
    expect(error.problems.map(({ path }) => path).sort()).toEqual([
      'console.port',
      'log.level',
      'x',
    ]);
    expect(error.message.split('\n')).toHaveLength(4);
  });

  it('is refused with line and column if it is not YAML', () => {
    const error = refusal('log: {\n  level: [');
    expect(error.code).toBe('CONFIG_SYNTAX');
    expect(error.message).toMatch(/^test\.yaml:.*line 2, column \d+: /s);
  });

  it.each([
    [
      'an alias of what it stands in',
      'wires: &a\n  lan: *a',
      /^test\.yaml: wires\.lan\.lan: unknown field/,
    ],
    ['an alias of nothing', 'wires: *a', /^test\.yaml: .*alias/i],
    ['aliases that grow without end', growth(12), /^test\.yaml: .*alias/i],
    ['control characters', 'log: "\\e[2J"', /^test\.yaml: log: '\\x1B\[2J' should have fields$/],
  ])('is refused with a readable message if it contains %s', (_, yaml, message) => {
    expect(refusal(yaml).message).toMatch(message);
  });
});

describe('The knobs', () => {
  const cores = {
    link: Object.keys(new LinkCore({ interfaces: [] }, () => 0).sysctl()),
    network: Object.keys(new NetworkCore({ interfaces: [], routes: [] }, () => 0).sysctl()),
    transport: Object.keys(defaultTransportSysctl()),
  };

  it.each(Object.entries(cores))('have a row for each one of the %s core', (layer, keys) => {
    const scoped = (name: string) => {
      const scopes = name.includes('.neigh.') ? ['default'] : ['all', 'default', 'lo'];
      return scopes.map((scope) => name.replace('.IFNAME.', `.${scope}.`));
    };
    const known = sysctlNames(layer as keyof typeof cores)
      .flatMap((name) => (name.includes('.IFNAME.') ? scoped(name) : name))
      .map(sysctlKey)
      .filter((key) => layer === 'network' || !key.startsWith('conf.lo.'));
    expect(keys.filter((key) => !known.includes(key))).toEqual([]);
    const unused = known.filter((key) => !keys.includes(key) && key !== 'netdev_max_backlog');
    expect(unused).toEqual([]);
  });
});

describe('The changes of a config by the command line', () => {
  it('puts every TAP into a namespace, and then requires it', () => {
    const config: Config = withNetns(defaultConfig(), 'ns7');
    expect(config.wires['lan']!.tap).toMatchObject({ netns: 'ns7', required: true });
  });

  it('sets the NATS servers', () => {
    expect(withNats(defaultConfig(), 'nats://a:1,nats://b:2').bus).toEqual({
      kind: 'nats',
      servers: ['nats://a:1', 'nats://b:2'],
    });
  });
});

describe("The repo's strata.yaml", () => {
  it('contains the defaults', () => {
    const path = fileURLToPath(new URL('../../../strata.yaml', import.meta.url));
    const { stacks, ...config } = loadConfig(path);
    const { stacks: defaults, ...rest } = defaultConfig();
    expect(config).toEqual(rest);
    expect(stacks).toEqual({
      server: { ...defaults['server'], serviceTap: 'direct' },
      client: { ...defaults['client'], serviceTap: 'none' },
    });
  });
});
