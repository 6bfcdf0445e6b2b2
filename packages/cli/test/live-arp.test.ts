import { type Bus, connectNats, MemoryBus } from '@strata/bus';
import { type NatsServer, startNatsServer, until } from '@strata/conformance';
import type { ProbeRequest } from '@strata/contract';
import { askControl, type Logger, type Running, SILENT } from '@strata/runtime';
import { validateConfig } from '@strata/runtime/config';
import { startLink } from '@strata/service-link';
import { startNetwork } from '@strata/service-network';
import { type IpAddress, parseIpv4, UNSPECIFIED_IPV4 } from '@strata/wire';

/** Two wires and a router. The host left takes all of 10.0.0.0/16 for its own wire. */
const CONFIG = {
  wires: { one: {}, two: {} },
  stacks: {
    left: { interfaces: [{ wire: 'one', addresses: ['10.0.1.1/16'] }] },
    router: {
      interfaces: [
        { wire: 'one', addresses: ['10.0.1.2/24'] },
        { wire: 'two', addresses: ['10.0.2.2/24'] },
      ],
      sysctl: {
        'net.ipv4.conf.eth0.proxy_arp': 1,
        'net.ipv4.neigh.default.proxy_delay': 0,
      },
    },
    right: {
      interfaces: [{ wire: 'two', addresses: ['10.0.2.1/24'] }],
      routes: [{ to: 'default', via: '10.0.2.2' }],
    },
  },
};

/** Another host with the address of left. One config with both is refused. */
const TWIN = {
  wires: { one: {} },
  stacks: {
    twin: {
      interfaces: [{ wire: 'one', addresses: ['10.0.1.1/16'] }],
      sysctl: { 'net.ipv4.conf.default.accept_dad': 1, 'net.ipv4.conf.eth0.dad_transmits': 1 },
    },
  },
};

const RIGHT = parseIpv4('10.0.2.1')!;

function echo(destination: IpAddress): ProbeRequest {
  return {
    kind: 'echo',
    destination,
    source: UNSPECIFIED_IPV4,
    interfaceName: '',
    ttl: 0,
    tos: 0,
    fragmentation: 'want',
    octets: 56,
    pattern: new Uint8Array(0),
    options: new Uint8Array(0),
    sequence: 0,
    identifier: 0,
    sourcePort: 0,
    destinationPort: 0,
    timeoutMs: 500,
    allowBroadcast: false,
  };
}

describe.each(['one process', 'NATS'])('ARP of running stacks, over %s', (kind) => {
  let server: NatsServer | undefined;
  let bus: Bus;
  let running: Running[];
  const logged: string[] = [];
  const log: Logger = {
    ...SILENT,
    error: (fields, message) => logged.push(`${JSON.stringify(fields)} ${message}`),
    child: () => log,
  };

  beforeEach(async () => {
    running = [];
    if (kind === 'NATS') {
      server = await startNatsServer();
      bus = await connectNats({ name: 'test', servers: [server.url] });
    } else bus = new MemoryBus();
  });

  afterEach(async () => {
    for (const one of running.reverse()) await one.stop();
    await bus.close();
    await server?.stop();
  });

  async function start(stack: string, layer: 'link' | 'network'): Promise<void> {
    const config = validateConfig(stack === 'twin' ? TWIN : CONFIG, 'the test');
    const context = { bus, config, stack, log } as const;
    running.push(layer === 'link' ? await startLink(context) : await startNetwork(context));
  }

  const set = (stack: string, layer: string, name: string, value: string) =>
    askControl(bus, stack, layer, { kind: 'sysctl-set', name, value }, 'sysctls');

  async function isAnswered(destination: IpAddress): Promise<boolean> {
    const probe = {
      kind: 'probe',
      session: 0,
      probes: [echo(destination)],
      waitMs: 1000,
      end: true,
    } as const;
    const { events } = await askControl(bus, 'left', 'network', probe, 'probes', 5000);
    return events.some(({ outcome }) => outcome === 'reply');
  }

  it.each([
    ['link', 'network'],
    ['network', 'link'],
  ] as const)(
    'a router answers for stations behind it once it forwards, with %s started first',
    async (first, second) => {
      for (const stack of ['left', 'right', 'router']) {
        await start(stack, first);
        await start(stack, second);
      }
      expect(await isAnswered(RIGHT)).toBe(false);
      await set('router', 'network', 'net.ipv4.ip_forward', '1');
      await until('the router answers as a proxy', () => isAnswered(RIGHT), 15_000);
      await set('router', 'link', 'net.ipv4.conf.eth0.proxy_arp', '0');
      const flush = {
        kind: 'neighbours-flush',
        interfaceName: '',
        states: [],
        destination: undefined,
      } as const;
      await askControl(bus, 'left', 'link', flush, 'neighbours');
      expect(await isAnswered(RIGHT)).toBe(false);
    },
  );

  it('an address that another station has stays unused: it is shown, counted and logged', async () => {
    await start('left', 'link');
    await start('twin', 'link');
    const states = async () => {
      const asked = askControl(bus, 'twin', 'link', { kind: 'interfaces' }, 'interfaces');
      return (await asked).interfaces[0]!.addressStates;
    };
    expect(await states()).toEqual(['tentative']);
    await until('the address is a duplicate', async () => (await states())![0] === 'duplicate');
    const { counters } = await askControl(bus, 'twin', 'link', { kind: 'counters' }, 'counters');
    expect(counters).toMatchObject({ arp_conflicts: 1, addresses_given_up: 1 });
    expect(logged.join('\n')).toMatch(
      /"address":"10.0.1.1","rival":"02:.*another station has an address of ours/,
    );
  });
});
