/**
 * Configs whose fields are valid one by one, but contradict each other, and their error messages.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { defaultConfig, parseConfig, validateConfig } from '../src/config/index.ts';
import { ConfigError } from '../src/index.ts';

function problemsOf(yaml: string, foldersOf?: (stack: string) => boolean): string[] {
  try {
    parseConfig(yaml, 'test.yaml', { foldersOf });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

/** A stack of one interface on the wire lan, with more fields. */
const stack = (more: string) =>
  `stacks: { s: { interfaces: [ { wire: lan, addresses: [192.0.2.2/24] } ], ${more} } }`;
/** A stack with these interfaces. */
const interfaces = (list: string) => `stacks: { s: { interfaces: [ ${list} ] } }`;
const address = (text: string) => interfaces(`{ wire: lan, addresses: [${text}] }`);
const forwards = (list: string) => `${stack('')}\nforwards: [ ${list} ]`;
const at = 'stacks.s.interfaces[0].addresses[0]';
const STATION = `should be an interface's IPv4 address with its prefix length, such as 192.0.2.2/24, and neither the network's nor its broadcast address`;

describe('A config whose parts contradict each other is refused', () => {
  // biome-ignore format: a table reads best with one row a line
  it.each([
    ['two applications on one TCP port', stack('applications: { echo: { port: 80 }, http: {} }'), 'stacks.s.applications.http.port: 80 is already the TCP port of stacks.s.applications.echo.port: should be another port'],
    ['messages on the port of echo', stack('applications: { echo: {}, messages: { port: 7 } }'), 'stacks.s.applications.messages.port: 7 is already the TCP port of stacks.s.applications.echo.port: should be another port'],
    ['a forward where the console is', forwards('{ listen: 127.0.0.1:7777, stack: s, to: 192.0.2.2:80 }'), 'forwards[0].listen: 127.0.0.1:7777 is already in use by console.listen: should be another port'],
    ['a forward everywhere, beside the console', forwards('{ listen: 0.0.0.0:7777, stack: s, to: 192.0.2.2:80 }'), 'forwards[0].listen: 0.0.0.0:7777 is already in use by console.listen (127.0.0.1:7777): should be another port'],
    ['localhost beside its address', 'console: { listen: localhost:8080 }', 'forwards[0].listen: 127.0.0.1:8080 is already in use by console.listen (localhost:8080): should be another port'],
    ['two forwards on one port', forwards('{ listen: 127.0.0.1:80, stack: s, to: 192.0.2.2:80 }, { listen: 127.0.0.1:80, stack: s, to: 192.0.2.2:7 }'), 'forwards[1].listen: 127.0.0.1:80 is already in use by forwards[0].listen: should be another port'],
    ['health where the console is', 'health: { listen: 127.0.0.1:7777 }', 'health.listen: 127.0.0.1:7777 is already in use by console.listen: should be another port'],
    ['IPv6 everywhere, beside IPv4', 'console: { listen: "[::]:8080" }', 'forwards[0].listen: 127.0.0.1:8080 is already in use by console.listen ([::]:8080): should be another port'],
    ['no stack', 'stacks: {}', 'stacks: {} should have at least one stack'],
    ['no interface', 'stacks: { s: {} }', 'stacks.s.interfaces: [] should have at least one interface, such as { wire: lan, addresses: [192.0.2.2/24] }'],
    ['no address', interfaces('{ wire: lan }'), 'stacks.s.interfaces: should have an address on at least one interface, such as addresses: [192.0.2.2/24]'],
    ['a loopback address', address('127.0.0.5/8'), `${at}: '127.0.0.5/8' ${STATION}: 127.0.0.0/8 is loopback, inside a host`],
    ['a multicast address', address('224.0.0.5/4'), `${at}: '224.0.0.5/4' ${STATION}: 224.0.0.0/4 are groups (multicast)`],
    ['a reserved address', address('240.0.0.5/8'), `${at}: '240.0.0.5/8' ${STATION}: 0.0.0.0/8 and 240.0.0.0/4 are reserved`],
    ['no network at all', address('192.0.2.2/0'), `${at}: '192.0.2.2/0' ${STATION}: the prefix length is at least 1`],
    ["the network's address", address('192.0.2.0/24'), `${at}: '192.0.2.0/24' ${STATION}`],
    ['a network of one address', address('192.0.2.2/32'), `${at}: 192.0.2.2/32 reaches no other host: should have the prefix length of its wire's network, such as 192.0.2.2/24, or the stack a route with interface: eth0 and without via`],
    ["a TAP's network of one address", 'wires: { lan: { tap: { address: 192.0.2.1/32 } } }', "wires.lan.tap.address: 192.0.2.1/32 lets the host reach no other station: should have the prefix length of the wire's network, such as 192.0.2.1/24"],
    ['a loopback address for the host', 'wires: { lan: { tap: { address: 127.0.0.9/8 } } }', `wires.lan.tap.address: '127.0.0.9/8' ${STATION}: 127.0.0.0/8 is loopback, inside a host`],
    ['one address in two stacks', 'stacks: { a: { interfaces: [ { wire: lan, addresses: [192.0.2.9/24] } ] }, b: { interfaces: [ { wire: lan, addresses: [192.0.2.9/24] } ] } }', 'stacks.b.interfaces[0].addresses[0]: 192.0.2.9 is already the address of stacks.a.interfaces[0].addresses[0]: should be another address'],
    ["the host's address in a stack with a TAP of its own", interfaces('{ tap: { name: t1, address: 192.0.2.9/24 }, addresses: [192.0.2.9/24] }'), 'stacks.s.interfaces[0].addresses[0]: 192.0.2.9 is already the address of stacks.s.interfaces[0].tap.address: should be another address'],
    ['one address on two interfaces', `wires: { a: {}, b: {} }\n${interfaces('{ wire: a, addresses: [192.0.2.9/24] }, { wire: b, addresses: [192.0.2.9/24] }')}`, 'stacks.s.interfaces[1].addresses[0]: 192.0.2.9 is already the address of stacks.s.interfaces[0].addresses[0]: should be another address'],
    ['one MAC address twice on a wire', 'stacks: { a: { interfaces: [ { wire: lan, mac: "02:00:00:00:00:09", addresses: [192.0.2.8/24] } ] }, b: { interfaces: [ { wire: lan, mac: "02:00:00:00:00:09", addresses: [192.0.2.9/24] } ] } }', 'stacks.b.interfaces[0].mac: 02:00:00:00:00:09 is already the address of stacks.a.interfaces[0].mac: should be another address'],
    ['one TAP name twice', `wires: { a: { tap: {} }, b: { tap: {} } }\n${interfaces('{ wire: a, addresses: [192.0.2.9/24] }')}`, 'wires.b.tap.name: strata0 is already the name of wires.a.tap.name: should be another name'],
    ['one TAP name twice in a namespace', interfaces('{ tap: { name: t, netns: n }, addresses: [192.0.2.9/24] }, { tap: { name: t, netns: n }, addresses: [198.51.100.9/24] }'), 'stacks.s.interfaces[1].tap.name: t is already the name of stacks.s.interfaces[0].tap.name in namespace n: should be another name'],
    ['an interface that is called like loopback', interfaces('{ name: lo, wire: lan, addresses: [192.0.2.9/24] }'), 'stacks.s.interfaces[0].name: lo is the name of loopback'],
    ["an MTU above that of its TAP", interfaces('{ tap: { name: t1 }, mtu: 9000, addresses: [192.0.2.9/24] }'), 'stacks.s.interfaces[0].mtu: 9000 is more than its TAP carries, 1500 octets'],
    ['a gateway that is the stack itself', stack('routes: [ { to: default, via: 192.0.2.2 } ]'), "stacks.s.routes[0].via: 192.0.2.2 is the stack's own address: should be that of another host"],
    ["a gateway that is the network's broadcast address", stack('routes: [ { to: default, via: 192.0.2.255 } ]'), "stacks.s.routes[0].via: 192.0.2.255 is the network's or the broadcast address of 192.0.2.0/24: should be a host's"],
    ['a gateway that is a group', stack('routes: [ { to: default, via: 224.0.0.1 } ]'), "stacks.s.routes[0].via: '224.0.0.1' should be a gateway's IPv4 address, such as 192.0.2.1: 224.0.0.0/4 are groups (multicast)"],
    ['a gateway that its interface does not reach', stack('routes: [ { to: default, via: 10.0.0.1, interface: eth0 } ]'), 'stacks.s.routes[0].via: 10.0.0.1 is in no network of interface eth0'],
    ['a gateway for a route that sends nothing', stack('routes: [ { to: default, via: 192.0.2.1, type: blackhole } ]'), 'stacks.s.routes[0].via: 192.0.2.1 is not used: a blackhole route has no gateway'],
    ['one route twice', stack('routes: [ { to: default, via: 192.0.2.1 }, { to: 0.0.0.0/0, via: 192.0.2.3 } ]'), 'stacks.s.routes[1]: stacks.s.routes[0] already adds a route to default with metric 0: should have another metric'],
    ['a route that an address has made', stack('routes: [ { to: 192.0.2.0/24, interface: eth0 } ]'), 'stacks.s.routes[0]: stacks.s.interfaces[0].addresses[0] already adds a route to 192.0.2.0/24 with metric 0: should have another metric'],
    ['a forward out of reach', forwards('{ listen: 127.0.0.1:80, stack: s, to: 10.0.0.1:80 }'), "forwards[0].to: 10.0.0.1:80 is out of the stack's reach: should be in a network of its interfaces or of its routes"],
    ['a forward to everybody', forwards('{ listen: 127.0.0.1:80, stack: s, to: 192.0.2.255:80 }'), "forwards[0].to: 192.0.2.255:80 is the network's or the broadcast address of 192.0.2.0/24: should be a host's"],
    ['a forward to a group', forwards('{ listen: 127.0.0.1:80, stack: s, to: 224.0.0.1:80 }'), "forwards[0].to: '224.0.0.1:80' should be an IPv4 address and a port of 1 to 65535, such as 192.0.2.2:80: 224.0.0.0/4 are groups (multicast)"],
    ['a host of too many', forwards('{ listen: 127.0.0.256:80, stack: s, to: 192.0.2.2:80 }'), "forwards[0].listen: '127.0.0.256:80' should be a host and a port of 0 to 65535, such as 127.0.0.1:8080"],
    ['two services for one TAP', 'stacks: { a: { interfaces: [ { wire: lan, addresses: [192.0.2.8/24] } ] }, b: { interfaces: [ { wire: lan, addresses: [192.0.2.9/24] } ], serviceTap: bridge } }', 'stacks.b.serviceTap: bridge: the service of stack a already opens the TAP of wire lan: should be none in one of the two stacks'],
    ['a NATS server that is none', 'bus: { servers: [http://x:1] }', "bus.servers[0]: 'http://x:1' should be the address of a NATS server, such as nats://127.0.0.1:4222"],
    ['one field twice', 'log: { level: info }\nlog: { level: warn }', 'line 2, column 1: this field appears twice: should appear once'],
    ['two documents', 'log: { level: info }\n---\nlog: { level: warn }', 'line 2, column 1: a second document begins here: should be one (without ---)'],
  ])('with path, value and what it should be: %s', (_, yaml, problem) => {
    expect(problemsOf(yaml)).toEqual([problem]);
  });

  // biome-ignore format: a table reads best with one row a line
  it.each([
    ['TCP and UDP have ports of their own', stack('applications: { echo: { port: 7, udp: true }, messages: { port: 8 } }')],
    ['free ports are different ones', 'health: { listen: 127.0.0.1:0 }\nconsole: { listen: 127.0.0.1:0 }'],
    ['two addresses of the host, one port', forwards('{ listen: 127.0.0.2:7777, stack: s, to: 192.0.2.2:80 }')],
    ['a network of two addresses', address('192.0.2.2/31')],
    ['a network of one address with a route to its neighbours', `${address('192.0.2.2/32').slice(0, -3)}, routes: [ { to: 192.0.2.0/24, interface: eth0 } ] } }`],
    ['one TAP name in two namespaces', `wires: { a: { tap: { netns: x } }, b: { tap: { netns: y } } }\n${interfaces('{ wire: a, addresses: [192.0.2.9/24] }')}`],
    ['one address on two wires', 'wires: { a: {}, b: {} }\nstacks: { s: { interfaces: [ { wire: a, addresses: [192.0.2.9/24] } ] }, t: { interfaces: [ { wire: b, addresses: [192.0.2.9/24] } ] } }'],
    ['a forward by way of a route', `${stack('routes: [ { to: default, via: 192.0.2.1 } ]')}\nforwards: [ { listen: 127.0.0.1:80, stack: s, to: 10.0.0.1:80 } ]`],
    ['two routes with two metrics', stack('routes: [ { to: default, via: 192.0.2.1 }, { to: default, via: 192.0.2.3, metric: 1 } ]')],
  ])('but not if they agree: %s', (_, yaml) => {
    expect(problemsOf(yaml)).toEqual([]);
  });
});

describe('A folder of files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'strata-folder-'));
  const file = join(folder, 'file');
  writeFileSync(file, '');
  afterAll(() => rmSync(folder, { recursive: true }));
  const files = (path: string) => stack(`applications: { http: { files: ${path} } }`);
  const field = 'stacks.s.applications.http.files';
  const wanted = 'should be the path of a folder that can be read';

  it.each([
    [
      'does not exist',
      join(folder, 'none'),
      `${field}: '${join(folder, 'none')}' does not exist: ${wanted}`,
    ],
    ['is a file', file, `${field}: '${file}' is not a folder: ${wanted}`],
    [
      'does not exist, from here',
      './nowhere',
      `${field}: './nowhere' does not exist, looked for at ${resolve('nowhere')}: ${wanted}`,
    ],
  ])('is refused where it %s', (_, path, problem) => {
    expect(problemsOf(files(path), () => true)).toEqual([problem]);
  });

  it('is not checked on a machine that does not serve it', () => {
    expect(problemsOf(files('/nowhere'))).toEqual([]);
    expect(problemsOf(files('/nowhere'), (name) => name !== 's')).toEqual([]);
    expect(problemsOf(files(folder), () => true)).toEqual([]);
  });
});

describe('A config with several faults', () => {
  it('is refused with all faults at once, of single fields and across fields', () => {
    const yaml = `
log: { level: loud }
wires: { lan: { mtu: 20 } }
stacks:
  a:
    interfaces:
      - { wire: lna, addresses: [192.0.2.300/24, 192.0.2.9/24] }
      - { wire: lan, addresses: [192.0.2.9/24] }
    routes: [ { via: 192.0.2.1 }, { to: default, via: 192.0.2.9 } ]
    sysctl: { net.ipv4.tcp_sakc: 1 }
forwards:
  - { listen: 127.0.0.1:80, stack: a }
  - { listen: 127.0.0.1:7777, stack: b, to: 192.0.2.9:80 }
`;
    const paths = problemsOf(yaml).map((problem) => problem.slice(0, problem.indexOf(': ')));
    expect(paths.sort()).toEqual([
      'forwards[0].to',
      'forwards[1].listen',
      'forwards[1].stack',
      'log.level',
      'stacks.a.interfaces[0].addresses[0]',
      'stacks.a.interfaces[0].wire',
      'stacks.a.interfaces[1].addresses[0]',
      'stacks.a.routes[0].to',
      'stacks.a.routes[1].via',
      "stacks.a.sysctl['net.ipv4.tcp_sakc']",
      'wires.lan.mtu',
    ]);
  });

  // biome-ignore format: a table reads best with one row a line
  it.each([
    ['a forward whose destination is faulty', forwards('{ listen: 127.0.0.1:7777, stack: q, to: x }'), ['listen', 'stack', 'to']],
    ['a forward without a destination', forwards('{ listen: 127.0.0.1:7777, stack: q }'), ['listen', 'stack', 'to']],
    ['a forward whose listener is faulty', forwards('{ listen: x, stack: q, to: 192.0.2.2:80 }'), ['listen', 'stack']],
    ['a forward whose stack is faulty', forwards('{ listen: 127.0.0.1:7777, stack: 5, to: 10.0.0.1:80 }'), ['listen', 'stack']],
    ['a route whose destination is faulty', stack('routes: [ { to: x, via: 10.0.0.1 }, { to: x, interface: eth7 } ]'), ['to', 'via', 'to', 'interface']],
    ['a route without a destination', stack('routes: [ { via: 10.0.0.1 }, { to: default, via: 192.0.2.1 } ]'), ['to', 'via']],
  ])('is refused with all faults of one entry: %s', (_, yaml, fields) => {
    const named = problemsOf(yaml).map((problem) => /(\w+): /.exec(problem)?.[1]);
    expect(named.sort()).toEqual(fields.sort());
  });

  // biome-ignore format: a table reads best with one row a line
  it.each([
    ['what refers to a wire that is faulty', 'wires: { lan: 5 }'],
    ['what refers to wires that are faulty', `wires: 5\n${stack('')}`],
    ['a gateway in a network that is faulty', `${address('192.0.2.300/24').slice(0, -3)}, routes: [ { to: default, via: 192.0.2.1 } ] } }`],
    ['an interface whose wire is faulty', interfaces('{ wire: "a b", addresses: [192.0.2.9/24] }')],
    ['a forward through a stack that is faulty', 'stacks: { s: 5 }\nforwards: [ { listen: 127.0.0.1:80, stack: s, to: 192.0.2.2:80 } ]'],
    ['a port that is faulty', stack('applications: { echo: { port: 0 }, messages: { port: 7 } }')],
    ['a listener that is faulty', 'console: { listen: x }\nhealth: { listen: 127.0.0.1:7777 }'],
    ['a route whose gateway is faulty', stack('routes: [ { to: default, via: x } ]')],
  ])('is not refused a second time for %s', (_, yaml) => {
    expect(problemsOf(yaml)).toHaveLength(1);
  });
});

describe('A misspelt name', () => {
  // biome-ignore format: a table reads best with one row a line
  it.each([
    ['a field', 'consoel: { listen: 127.0.0.1:1 }', 'did you mean console?'],
    ['a field deep down', 'wires: { lan: { impairment: { delayMS: 3 } } }', 'did you mean delayMs?'],
    ['a field of an interface', interfaces('{ wire: lan, address: [192.0.2.9/24] }'), 'did you mean addresses?'],
    ['a wire', interfaces('{ wire: lna, addresses: [192.0.2.9/24] }'), 'did you mean lan?'],
    ['a stack', 'forwards: [ { listen: 127.0.0.1:1, stack: sever, to: 192.0.2.2:80 } ]', 'did you mean server?'],
    ['an interface', stack('routes: [ { to: default, interface: etho0 } ]'), 'did you mean eth0?'],
    ['a knob', stack('sysctl: { net.ipv4.tcp_sakc: 1 }'), 'did you mean net.ipv4.tcp_sack?'],
    ['a knob by its last part', stack('sysctl: { tcp_sack: 1 }'), 'did you mean net.ipv4.tcp_sack?'],
    ["a knob's value", stack('sysctl: { net.ipv4.tcp_congestion_control: cubik }'), 'did you mean cubic?'],
    ['a choice', 'log: { level: wran }', 'did you mean warn?'],
  ])('gets a question: %s', (_, yaml, question) => {
    expect(problemsOf(yaml).filter((problem) => problem.includes(question))).toHaveLength(1);
  });
});

describe('Any value in a field', () => {
  const junk = [
    null,
    5,
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1e300,
    '',
    'x y',
    true,
    [],
    [[]],
    [null],
    {},
    { x: 1 },
    JSON.parse('{"__proto__": 1}'),
    { toString: 1, valueOf: 1 },
  ];
  const full = {
    bus: { kind: 'nats', servers: ['nats://127.0.0.1:4222'] },
    wires: {
      lan: {
        fcs: true,
        mtu: 1500,
        offload: false,
        impairment: { lossRatio: 0, delayMs: 1, reorderGap: 1, seed: 1 },
        tap: {
          name: 't0',
          netns: 'n',
          address: '192.0.2.1/24',
          mac: '02:00:00:00:00:01',
          mtu: 1500,
          offload: false,
          required: true,
        },
      },
    },
    stacks: {
      s: {
        interfaces: [
          {
            name: 'eth0',
            wire: 'lan',
            mac: '02:00:00:00:00:02',
            mtu: 1500,
            addresses: ['192.0.2.2/24'],
            impairment: { in: {}, out: {} },
            neighbours: [{ address: '192.0.2.9', mac: '02:00:00:00:00:09' }],
          },
        ],
        routes: [
          { to: 'default', via: '192.0.2.1', interface: 'eth0', metric: 1, type: 'unicast' },
        ],
        sysctl: {
          'net.ipv4.tcp_sack': 1,
          'net.ipv4.tcp_rmem': [4096, 8192, 16384],
          'net.ipv4.tcp_congestion_control': 'reno',
        },
        applications: {
          echo: { port: 7, udp: true },
          messages: { port: 8 },
          http: { port: 80, files: '/' },
        },
        serviceTap: 'none',
      },
    },
    forwards: [{ listen: '127.0.0.1:8080', stack: 's', to: '192.0.2.2:80' }],
    console: { listen: '127.0.0.1:7777' },
    health: { listen: '127.0.0.1:0' },
    log: { level: 'info' },
  };

  /** The paths of a value and of everything inside it. */
  function pathsIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
    if (typeof value !== 'object' || value === null) return [path];
    return [path, ...Object.entries(value).flatMap(([key, item]) => pathsIn(item, [...path, key]))];
  }

  function withValue(value: unknown, [head, ...rest]: readonly string[], put: unknown): unknown {
    if (head === undefined) return put;
    const copy: Record<string, unknown> | unknown[] = Array.isArray(value)
      ? [...value]
      : { ...(value as object) };
    const item = withValue((value as Record<string, unknown>)[head], rest, put);
    Object.defineProperty(copy, head, {
      value: item,
      enumerable: true,
      configurable: true,
      writable: true,
    });
    return copy;
  }

  it('starts from a valid config', () => {
    expect(() => validateConfig(full, 'test')).not.toThrow();
    expect(() => validateConfig(defaultConfig, 'test')).toThrow(ConfigError);
  });

  it.each(pathsIn(full).map((path) => [path.join('.'), path] as const))(
    '%s: it is accepted, or refused with our own message',
    (_, path) => {
      for (const put of junk) {
        try {
          validateConfig(withValue(full, path, put), 'test');
        } catch (error) {
          // The library's own messages begin like this. A bug would throw something other than a
          // ConfigError.
          expect(error).toBeInstanceOf(ConfigError);
          const { message, problems } = error as ConfigError;
          expect(message).not.toMatch(/invalid|expected|received|too (big|small)|unrecognized/i);
          expect(message).not.toMatch(/undefined|\[object/);
          for (const { message: said } of problems)
            expect(said).toMatch(
              /should|unknown field|there is no|already|is more than|is in no network/,
            );
        }
      }
    },
  );
});
