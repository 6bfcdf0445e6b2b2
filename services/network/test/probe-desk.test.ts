import { MemoryBus } from '@strata/bus';
import {
  type ControlRequest,
  linkIndicationChannel,
  linkRequestChannel,
  type ProbeRequest,
} from '@strata/contract';
import type { LinkRequest } from '@strata/link';
import { askControl, type Running, SILENT } from '@strata/runtime';
import { defaultConfig } from '@strata/runtime/config';
import {
  emitIcmp,
  emitIpv4Header,
  Ipv4Packet,
  ipv4Address,
  isParseError,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import { startNetwork } from '../src/index.ts';
import { settle } from './support/settle.ts';

const CLIENT = ipv4Address(0xc0000203);
const NO_BYTES = new Uint8Array(0);

const ECHO: ProbeRequest = {
  kind: 'echo',
  destination: CLIENT,
  source: UNSPECIFIED_IPV4,
  interfaceName: '',
  ttl: 0,
  tos: 0,
  fragmentation: 'want',
  octets: 8,
  pattern: NO_BYTES,
  options: NO_BYTES,
  sequence: 1,
  identifier: 0,
  sourcePort: 0,
  destinationPort: 0,
  timeoutMs: 60_000,
  allowBroadcast: false,
};

type Run = Omit<Extract<ControlRequest, { kind: 'probe' }>, 'kind'>;

describe('A request for probes', () => {
  let bus: MemoryBus;
  let running: Running;
  let down: LinkRequest[];
  let errors: unknown[];

  beforeEach(async () => {
    bus = new MemoryBus();
    [down, errors] = [[], []];
    bus.subscribe(linkRequestChannel('server'), (batch) => down.push(...batch));
    const onError = (error: unknown) => errors.push(error);
    const options = { bus, config: defaultConfig(), stack: 'server', log: SILENT, onError };
    running = await startNetwork(options);
  });

  afterEach(async () => {
    await running.stop();
    await bus.close();
    expect(errors).toEqual([]);
  });

  const ask = (run: Partial<Run>) => {
    const request = { session: 0, probes: [], waitMs: 0, end: false, ...run };
    return askControl(bus, 'server', 'network', { kind: 'probe', ...request }, 'probes', 30_000);
  };

  /** CLIENT's reply to the request that went down last. */
  function reply(): void {
    const asked = Ipv4Packet.parse(down.at(-1)!.packet);
    if (isParseError(asked)) throw new Error(asked);
    const packet = new Uint8Array(asked.bytes);
    const { source, destination, identification } = asked;
    emitIpv4Header(packet, {
      ...{ tos: 0, totalOctets: packet.byteLength, identification, dontFragment: false },
      ...{ moreFragments: false, fragmentOffsetOctets: 0, ttl: 63, protocol: 1 },
      ...{ source: destination, destination: source },
    });
    const view = new DataView(packet.buffer, 20);
    emitIcmp(packet.subarray(20), 0, 0, view.getUint16(4), view.getUint16(6));
    const link = { interfaceIndex: 1, etherType: 0x0800, sourceMac: 1, cast: 'unicast' } as const;
    const more = { segmentSize: 0, checksum: 'complete', trace: undefined } as const;
    bus.publish(linkIndicationChannel('server'), [{ kind: 'packet', packet, ...link, ...more }]);
  }

  it('is answered when the reply comes', async () => {
    const asked = ask({ probes: [ECHO], waitMs: 20_000 });
    await settle();
    reply();
    const { session, events } = await asked;
    expect(session).toBeGreaterThan(0);
    expect(events).toMatchObject([{ sequence: 1, outcome: 'reply', from: CLIENT, ttl: 63 }]);
  });

  it('is answered at once where nothing was sent', async () => {
    const probes = [{ ...ECHO, octets: 2000, fragmentation: 'do' as const }];
    const { events } = await ask({ probes, waitMs: 20_000 });
    expect(events).toMatchObject([{ outcome: 'not sent', error: 'EMSGSIZE', mtu: 1500 }]);
  });

  it('is answered without events when its wait ends', async () => {
    expect(await ask({ probes: [ECHO], waitMs: 1 })).toMatchObject({ events: [] });
  });

  it('gets what came since the last one of its session, duplicates too', async () => {
    const { session } = await ask({ probes: [ECHO] });
    await settle();
    reply();
    reply();
    await settle();
    expect((await ask({ session })).events).toMatchObject([
      { outcome: 'reply', isDuplicate: false },
      { outcome: 'reply', isDuplicate: true },
    ]);
    expect((await ask({ session })).events).toEqual([]);
  });

  it('waits beside others of its session: the oldest gets the event', async () => {
    const { session } = await ask({});
    const [first, second] = [
      ask({ session, waitMs: 20_000 }),
      ask({ session, probes: [ECHO], waitMs: 200 }),
    ];
    await settle();
    reply();
    expect((await first).events).toHaveLength(1);
    expect((await second).events).toEqual([]);
  });

  it('names a session that is there', async () => {
    const { session } = await ask({});
    await ask({ session, end: true });
    await expect(ask({ session })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining(`there is no session ${session} of probes`),
    });
  });

  it('is refused where a field is out of range', async () => {
    await expect(ask({ probes: [{ ...ECHO, ttl: 256 }] })).rejects.toMatchObject({
      code: 'out-of-range',
      message: 'probe: ttl 256 must be 0 to 255',
    });
  });

  it('gets only what fits into a reply; the rest waits, up to 4,096 events', async () => {
    const { session } = await ask({ probes: [ECHO] });
    await settle();
    for (let at = 0; at < 4100; at += 1) {
      reply();
      if (at % 100 === 0) await settle();
    }
    await settle();
    const first = await ask({ session });
    expect([first.events.length, first.lost]).toEqual([512, 4]);
    let events = first.events.length;
    for (let more = 512; more > 0; events += more) {
      more = (await ask({ session })).events.length;
    }
    expect(events).toBe(4096);
  });

  it('is answered at once when the layer stops', async () => {
    const asked = ask({ probes: [ECHO], waitMs: 60_000 });
    await settle();
    await running.stop();
    expect((await asked).events).toEqual([]);
  });
});
