import { MemoryBus } from '@strata/bus';
import {
  type ImpairmentSet,
  type ImpairmentSettings,
  type InterfaceImpairment,
  linkRequestChannel,
} from '@strata/contract';
import type { LinkRequest } from '@strata/link';
import { askControl, type RunningLayer, SILENT, WirePort } from '@strata/runtime';
import { parseConfig } from '@strata/runtime/config';
import { ipv4Address, type Outcome } from '@strata/wire';
import { startLink } from '../src/index.ts';
import { settle } from './support/settle.ts';

const SERVER = ipv4Address(0xc0000202);

const NONE: ImpairmentSettings = {
  lossRatio: 0,
  duplicateRatio: 0,
  reorderRatio: 0,
  corruptRatio: 0,
  ceMarkRatio: 0,
  delayMs: 0,
  jitterMs: 0,
  rateBitsPerSecond: 0,
  seed: 0,
};
const LOSE_ALL = { ...NONE, lossRatio: 1, seed: 7 };

/** A broadcast, which needs no ARP. */
function broadcast(): LinkRequest {
  const packet = new Uint8Array(60);
  packet[0] = 0x45;
  const way = { interfaceIndex: 1, etherType: 0x0800, cast: 'broadcast', nextHop: SERVER } as const;
  const meta = { segmentSize: 0, checksum: 'complete', trace: undefined } as const;
  return { ...way, packet, headroomOctets: 0, ...meta };
}

describe('Impairments of the link service', () => {
  let bus: MemoryBus;
  let running: RunningLayer[];
  /** The host's port on the wire, as a bridge has it. */
  let port: WirePort;

  beforeEach(async () => {
    bus = new MemoryBus();
    running = [];
    const config = parseConfig(
      `wires: { lan: { impairment: { delayMs: 0, lossModel: { kind: gemodel, p: 0.5 } } } }
stacks:
  server: { interfaces: [{ wire: lan, addresses: [192.0.2.2/24] }] }
  client: { interfaces: [{ wire: lan, addresses: [192.0.2.3/24], impairment: { out: {} } }] }`,
      'the test',
    );
    const common = { bus, wire: 'lan', mtu: 1500, offload: true, fcs: undefined, log: SILENT };
    port = new WirePort({
      ...common,
      name: 'strata0',
      interfaceIndex: 1,
      mac: 0x02_00_00_00_00_09,
    });
    const taps = {
      counters: () => ({}),
      countersOf: () => ({}),
      tapOf: () => undefined,
      portsOf: (wire: string) => (wire === 'lan' ? [port] : []),
    };
    for (const stack of ['server', 'client']) {
      running.push(await startLink({ bus, config, stack, log: SILENT, taps }));
    }
  });

  afterEach(async () => {
    for (const one of running) await one.stop();
    port.close();
    await bus.close();
  });

  const set = (stack: string, request: Partial<ImpairmentSet>) =>
    askControl(
      bus,
      stack,
      'link',
      { kind: 'impairment-set', interfaceName: '', impairment: NONE, ...request },
      'impairment',
    );
  const list = async (stack: string, interfaceName = ''): Promise<readonly InterfaceImpairment[]> =>
    (await askControl(bus, stack, 'link', { kind: 'impairments', interfaceName }, 'impairments'))
      .impairments;
  /** `eth0 out: wire 0.5`: owner and loss of each path that has an impairment. */
  const shown = async (stack: string) =>
    (await list(stack)).flatMap(({ interfaceName, direction, impairment, fromWire }) =>
      impairment === undefined
        ? []
        : [`${interfaceName} ${direction}: ${fromWire ? 'wire' : 'own'} ${impairment.lossRatio}`],
    );
  const send = async (stack: string, count: number) => {
    bus.publish(
      linkRequestChannel(stack),
      Array.from({ length: count }, () => broadcast()),
    );
    await settle();
  };

  it('are listed for each direction, with their owner: the interface, or its wire', async () => {
    expect(await shown('server')).toEqual(['eth0 out: wire 0']);
    expect(await shown('client')).toEqual(['eth0 out: own 0']);
    const all = await list('server');
    expect(all.map((it) => [it.interfaceName, it.direction, it.wireName, it.shared])).toEqual([
      ['eth0', 'in', 'lan', false],
      ['eth0', 'out', 'lan', false],
      ['strata0', 'in', 'lan', true],
      ['strata0', 'out', 'lan', true],
    ]);
    expect(all[1]!.impairment?.lossModel).toEqual({
      kind: 'gemodel',
      p: 0.5,
      r: 0.5,
      oneMinusH: 1,
      oneMinusK: 0,
    });
    expect(all[0]!.impairment).toBeUndefined();
  });

  it('are set in one direction alone, or in both from one seed', async () => {
    await set('server', { interfaceName: 'eth0', direction: 'in', impairment: LOSE_ALL });
    expect(await shown('server')).toEqual(['eth0 in: own 1', 'eth0 out: wire 0']);
    const get = { kind: 'impairment-get', interfaceName: 'eth0' } as const;
    const settings = async (direction: 'in' | 'out') =>
      (await askControl(bus, 'server', 'link', { ...get, direction }, 'impairment')).impairment;
    expect(await settings('in')).toMatchObject({ lossRatio: 1, seed: 7 });
    await set('server', { interfaceName: 'eth0', impairment: LOSE_ALL });
    expect(await shown('server')).toEqual(['eth0 in: own 1', 'eth0 out: own 1']);
    expect((await settings('out')).seed).toBe(7);
    expect((await settings('in')).seed).not.toBe(7);
  });

  it('that are removed leave that of the wire', async () => {
    await set('client', { interfaceName: 'eth0', remove: true });
    expect(await shown('client')).toEqual(['eth0 out: wire 0']);
  });

  it("of a wire are every station's but those that have their own, each with its own seed", async () => {
    for (const stack of ['server', 'client']) {
      await set(stack, { wireName: 'lan', impairment: LOSE_ALL });
    }
    expect(await shown('server')).toEqual(['eth0 out: wire 1', 'strata0 out: wire 1']);
    expect(await shown('client')).toEqual(['eth0 out: own 0', 'strata0 out: wire 1']);
    const sharedSeed = port.impairmentOut.settings().seed;
    await set('server', { wireName: 'lan', impairment: LOSE_ALL });
    expect(port.impairmentOut.settings().seed).toBe(sharedSeed);
    await set('client', { interfaceName: 'eth0', direction: 'out', remove: true });
    expect(await shown('client')).toEqual(['eth0 out: wire 1', 'strata0 out: wire 1']);
    const seeds = [...(await list('server')), ...(await list('client'))]
      .filter(({ interfaceName, fromWire }) => interfaceName === 'eth0' && fromWire)
      .map(({ impairment }) => impairment!.seed);
    expect(new Set(seeds).size).toBe(2);
    await set('server', { wireName: 'lan', remove: true });
    expect(await shown('server')).toEqual([]);
  });

  it('refuse an interface or wire that is not there', async () => {
    await expect(set('server', { wireName: 'lna' })).rejects.toThrow(
      'the stack is not on a wire lna; it is on: lan (did you mean lan?)',
    );
    await expect(set('server', { interfaceName: 'strata1' })).rejects.toThrow(
      'there is no interface strata1; there is: eth0, strata0 (did you mean strata0?)',
    );
  });

  it('count what they did, also in the counters of the layer', async () => {
    await set('client', { interfaceName: 'eth0', direction: 'out', impairment: LOSE_ALL });
    await send('client', 3);
    const delayed = { ...NONE, delayMs: 50_000, limitFrames: 2 };
    await set('client', { interfaceName: 'eth0', direction: 'out', impairment: delayed });
    await send('client', 5);
    const [, out] = await list('client', 'eth0');
    expect(out).toMatchObject({ backlogFrames: 2, backlogOctets: 2 * 74 });
    expect(out!.counters).toMatchObject({ lost: 3, dropped_overlimit: 3, delayed: 2 });
    expect(running[1]!.counters()).toMatchObject({
      eth0_impairment_out_lost: 3,
      eth0_impairment_out_delayed: 2,
      eth0_impairment_out_dropped_overlimit: 3,
      eth0_impairment_out_backlog_octets: 148,
      eth0_impairment_in_lost: 0,
    });
  });

  it('tell the core what they dropped: an outcome names the cause', async () => {
    const outcomes: Outcome[] = [];
    await set('client', { interfaceName: 'eth0', direction: 'out', impairment: LOSE_ALL });
    await set('server', {
      interfaceName: 'eth0',
      direction: 'in',
      impairment: { ...NONE, delayMs: 50_000, limitFrames: 1 },
    });
    const ends = running.map((one) => one.observeOutcomes((it) => outcomes.push(it)));
    await send('client', 1);
    await set('client', { interfaceName: 'eth0', direction: 'out', impairment: NONE });
    await send('client', 2);
    const drops = outcomes.filter(({ verdict }) => verdict === 'dropped');
    expect(drops).toMatchObject([
      { reason: 'strata/NETEM_LOSS', cause: { kind: 'frame', name: 'impairment eth0 out' } },
      { reason: 'QDISC_OVERLIMIT', cause: { kind: 'frame', name: 'impairment eth0 in' } },
    ]);
    for (const { pdu } of drops) expect(pdu).toMatchObject({ interfaceIndex: 1 });
    for (const end of ends) end();
    await set('client', { interfaceName: 'eth0', direction: 'out', impairment: LOSE_ALL });
    await send('client', 1);
    expect(outcomes.filter(({ verdict }) => verdict === 'dropped')).toHaveLength(2);
  });
});
