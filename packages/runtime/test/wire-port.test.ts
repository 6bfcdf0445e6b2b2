import { MemoryBus } from '@strata/bus';
import { wireChannel } from '@strata/contract';
import { BROADCAST_MAC } from '@strata/wire';
import { SILENT, WirePort, type WirePortOptions } from '../src/index.ts';
import { frame, textOf } from './support/frames.ts';
import { settle } from './support/settle.ts';
import { until } from './support/until.ts';

const A = 0x02000000000a;
const B = 0x02000000000b;
const C = 0x02000000000c;

describe('WirePort', () => {
  let bus: MemoryBus;
  const ports: WirePort[] = [];

  beforeEach(() => {
    bus = new MemoryBus();
  });

  afterEach(async () => {
    for (const port of ports.splice(0)) port.close();
    await bus.close();
  });

  function plug(mac: number, more: Partial<WirePortOptions> = {}) {
    const port = new WirePort({
      bus,
      wire: 'lan',
      name: 'eth0',
      interfaceIndex: 1,
      mac,
      mtu: 1500,
      offload: false,
      fcs: true,
      log: SILENT,
      ...more,
    });
    ports.push(port);
    const heard: string[] = [];
    const batches: number[] = [];
    port.onFrames((frames) => {
      heard.push(...frames.map(textOf));
      batches.push(frames.length);
    });
    return { port, heard, batches };
  }

  it('hears frames to its own station and to all, and none of its own', async () => {
    const [a, b, c] = [plug(A), plug(B), plug(C)];
    a.port.send([frame(B, A, 'to b'), frame(BROADCAST_MAC, A, 'to all'), frame(A, A, 'to me')]);
    await settle();
    expect([a.heard, b.heard, c.heard]).toEqual([[], ['to b', 'to all'], ['to all']]);
  });

  it('hears no frames of another wire', async () => {
    const [a, b] = [plug(A), plug(B, { wire: 'dmz' })];
    a.port.send([frame(B, A, 'x')]);
    await settle();
    expect(b.heard).toEqual([]);
  });

  it('keeps batches together', async () => {
    const [a, b] = [plug(A), plug(B)];
    a.port.send(Array.from({ length: 50 }, (_, i) => frame(B, A, `${i}`)));
    await settle();
    expect(b.batches).toEqual([50]);
    expect(a.port.counters()).toMatchObject({ txFrames: 50 });
    expect(b.port.counters()).toMatchObject({ rxFrames: 50 });
  });

  it('drops and counts frames whose frame check sequence is wrong (IEEE 802.3 3.2.9)', async () => {
    const [a, b] = [plug(A), plug(B)];
    const seen: (number | undefined)[] = [];
    bus.subscribe(wireChannel('lan'), (batch) => seen.push(...batch.map((it) => it.fcs)));
    a.port.send([frame(B, A, 'good')]);
    await settle();
    const { frame: bytes } = frame(B, A, 'bad');
    bus.publish(wireChannel('lan'), [
      {
        sourcePort: 'p1',
        frame: bytes,
        fcs: 1,
        segmentSize: 0,
        checksum: 'complete',
        trace: undefined,
      },
    ]);
    await settle();
    expect(b.heard).toEqual(['good']);
    expect(b.port.counters()).toMatchObject({ rxFrames: 1, rxCrcErrors: 1 });
    expect(seen[0]).toBeGreaterThan(0);
  });

  it('finds by the frame check sequence what the wire corrupted', async () => {
    const settings = { corruptRatio: 1, seed: 1 };
    const [a, b] = [plug(A), plug(B)];
    a.port.impairmentOut.configure(settings);
    for (let i = 0; i < 100; i++) a.port.send([frame(BROADCAST_MAC, A, 'x')]);
    await settle();
    expect(b.heard).toEqual([]);
    expect(b.port.counters().rxCrcErrors).toBeGreaterThan(90);
  });

  it('sends no frame check sequence on a wire that carries none', async () => {
    const [a, b] = [plug(A, { fcs: false }), plug(B, { fcs: false })];
    const seen: (number | undefined)[] = [];
    bus.subscribe(wireChannel('lan'), (batch) => seen.push(...batch.map((it) => it.fcs)));
    a.port.send([frame(B, A, 'x')]);
    await settle();
    expect([b.heard, seen]).toEqual([['x'], [undefined]]);
  });

  it('drops the newest frames and counts them where nobody takes them in time (netdev_max_backlog)', async () => {
    const [a, b] = [plug(A), plug(B, { backlogFrames: 10 })];
    for (let i = 0; i < 25; i++) a.port.send([frame(B, A, `${i}`)]);
    await settle();
    expect(b.heard).toEqual(Array.from({ length: 10 }, (_, i) => `${i}`));
    expect(b.port.counters().rxDropped).toBe(15);
  });

  it('does not starve the event loop where two ports answer each other for ever', async () => {
    const [a, b] = [plug(A), plug(B)];
    let rounds = 0;
    a.port.onFrames(() => {
      rounds += 1;
      a.port.send([frame(B, A, 'ping')]);
    });
    b.port.onFrames(() => b.port.send([frame(A, B, 'pong')]));
    a.port.send([frame(B, A, 'ping')]);
    const started = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(performance.now() - started).toBeLessThan(1000);
    await until('many rounds', () => rounds > 1000);
    a.port.close();
  });

  it('hears another station too once it is told to', async () => {
    const [a, b] = [plug(A), plug(B)];
    b.port.hear(C);
    a.port.send([frame(C, A, 'for c')]);
    await settle();
    expect(b.heard).toEqual(['for c']);
  });

  it('hears and sends nothing once it is closed', async () => {
    const [a, b] = [plug(A), plug(B)];
    b.port.close();
    a.port.send([frame(B, A, 'x')]);
    b.port.send([frame(A, B, 'y')]);
    await settle();
    expect([a.heard, b.heard]).toEqual([[], []]);
  });
});
