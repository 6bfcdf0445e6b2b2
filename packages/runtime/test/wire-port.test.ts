import { MemoryBus } from '@strata/bus';
import { wireChannel } from '@strata/contract';
import { WireStations } from '@strata/link';
import { BROADCAST_MAC } from '@strata/wire';
import { SILENT, WirePort, type WirePortOptions } from '../src/index.ts';
import { frame, superFrame, textOf } from './support/frames.ts';
import { settle } from './support/settle.ts';
import { until } from './support/until.ts';
import { VirtualClock } from './support/virtual-clock.ts';

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

  it('receives frames to its own station and to all, but not its own frames', async () => {
    const [a, b, c] = [plug(A), plug(B), plug(C)];
    a.port.send([frame(B, A, 'to b'), frame(BROADCAST_MAC, A, 'to all'), frame(A, A, 'to me')]);
    await settle();
    expect([a.heard, b.heard, c.heard]).toEqual([[], ['to b', 'to all'], ['to all']]);
  });

  it('receives no frames of another wire', async () => {
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
        interfaceIndex: 0,
        headroomOctets: 0,
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

  it('detects corrupted frames by the frame check sequence', async () => {
    const settings = { corruptRatio: 1, seed: 1 };
    const [a, b] = [plug(A), plug(B)];
    a.port.impairmentOut.configure(settings);
    for (let i = 0; i < 100; i++) a.port.send([frame(BROADCAST_MAC, A, 'x')]);
    await settle();
    expect(b.heard).toEqual([]);
    expect(b.port.counters().rxCrcErrors).toBeGreaterThan(90);
  });

  it('sends no frame check sequence on a wire without one', async () => {
    const [a, b] = [plug(A, { fcs: false }), plug(B, { fcs: false })];
    const seen: (number | undefined)[] = [];
    bus.subscribe(wireChannel('lan'), (batch) => seen.push(...batch.map((it) => it.fcs)));
    a.port.send([frame(B, A, 'x')]);
    await settle();
    expect([b.heard, seen]).toEqual([['x'], [undefined]]);
  });

  it('sends and checks a frame check sequence only on a wire that corrupts, if the config does not say', async () => {
    const [a, b] = [plug(A, { fcs: undefined }), plug(B, { fcs: undefined })];
    const seen: (number | undefined)[] = [];
    bus.subscribe(wireChannel('lan'), (batch) => seen.push(...batch.map((it) => it.fcs)));
    a.port.send([frame(B, A, 'x')]);
    await settle();
    expect([b.heard, seen]).toEqual([['x'], [undefined]]);
    a.port.impairmentOut.configure({ corruptRatio: 1, seed: 1 });
    for (let i = 0; i < 20; i++) a.port.send([frame(BROADCAST_MAC, A, 'y')]);
    await settle();
    expect(b.heard).toEqual(['x']);
    expect(b.port.counters().rxCrcErrors).toBeGreaterThan(15);
    // Also at the receiver's end.
    a.port.impairmentOut.configure({});
    b.port.impairmentIn.configure({ corruptRatio: 1, seed: 2 });
    const before = b.port.counters().rxCrcErrors;
    a.port.send([frame(B, A, 'z')]);
    await settle();
    expect(b.heard).toEqual(['x']);
    expect(b.port.counters().rxCrcErrors).toBe(before + 1);
  });

  it("joins the data in a frame's tail for a station, and checks it", async () => {
    const [a, b] = [plug(A), plug(B)];
    const whole = frame(B, A, 'headers and data');
    const [head, rest] = [whole.frame.subarray(0, 20), whole.frame.subarray(20)];
    a.port.send([{ ...whole, frame: head, tail: [rest.subarray(0, 3), rest.subarray(3)] }]);
    await settle();
    expect(b.heard).toEqual(['headers and data']);
    expect(b.port.counters()).toMatchObject({ rxCrcErrors: 0, rxOctets: 30 });
    expect(a.port.counters()).toMatchObject({ txOctets: 30 });
  });

  it('gives each part of a super-segment that is cut up its own check sequence', async () => {
    const [a, b] = [plug(A), plug(B)];
    b.port.impairmentIn.configure({ delayMs: 1 });
    a.port.send([superFrame(B, 3000, 1460)]);
    // The frame is not cut, but changed: its checksum is completed.
    a.port.send([superFrame(B, 100, 0)]);
    await until('all parts', () => b.heard.length === 4 || b.port.counters().rxCrcErrors > 0);
    expect(b.port.counters()).toMatchObject({ rxFrames: 4, rxCrcErrors: 0 });
  });

  describe('with the switches of ethtool', () => {
    /** For each received frame: octets of its packet, segment size, state of its checksum. */
    const listen = (port: WirePort) => {
      const heard: [octets: number, segmentSize: number, checksum: string][] = [];
      port.onFrames((frames) => {
        for (const { frame: bytes, segmentSize, checksum } of frames) {
          heard.push([bytes.byteLength - 14, segmentSize, checksum]);
        }
      });
      return heard;
    };
    const whole = { offload: true, fcs: undefined };

    it('takes super-segments whole; with lro off, from the next frame on, single segments', async () => {
      const [a, b] = [plug(A, whole), plug(B, whole)];
      const heard = listen(b.port);
      a.port.send([superFrame(B, 3000, 1460)]);
      await settle();
      b.port.features.set([['lro', false]]);
      a.port.send([superFrame(B, 3000, 1460), superFrame(B, 100, 0)]);
      await settle();
      b.port.features.set([['lro', true]]);
      a.port.send([superFrame(B, 3000, 1460)]);
      await settle();
      expect(heard).toEqual([
        [3040, 1460, 'partial'],
        [1500, 0, 'complete'],
        [1500, 0, 'complete'],
        [120, 0, 'complete'],
        [140, 0, 'partial'],
        [3040, 1460, 'partial'],
      ]);
    });

    it('with rx off accepts only complete checksums, and trusts no verification', async () => {
      const [a, b] = [plug(A, whole), plug(B, whole)];
      const heard = listen(b.port);
      b.port.features.set([['rx', false]]);
      const verified = { ...frame(B, A, 'x'), checksum: 'verified' } as const;
      const odd = { ...frame(B, A, 'x'), checksum: 'partial' } as const;
      a.port.send([superFrame(B, 100, 0), superFrame(B, 1470, 1460), verified, odd]);
      await settle();
      expect(heard).toEqual([
        [140, 0, 'complete'],
        [1500, 0, 'complete'],
        [50, 0, 'complete'],
        [1, 0, 'complete'],
      ]);
      // Such a frame can have no partial checksum: nobody could complete it.
      expect(b.port.counters()).toMatchObject({ rxFrames: 4, rxDropped: 1 });
    });

    it('always cuts up super-segments on a wire that carries none', async () => {
      const [a, b] = [plug(A, whole), plug(B, { offload: false, fcs: undefined })];
      const heard = listen(b.port);
      a.port.send([superFrame(B, 2920, 1460)]);
      await settle();
      expect(heard).toEqual([
        [1500, 0, 'complete'],
        [1500, 0, 'complete'],
      ]);
      expect(() => b.port.features.set([['lro', true]])).toThrow('is fixed');
    });

    it('with rx-all on accepts frames with a wrong check sequence, and still counts them', async () => {
      const [a, b] = [plug(A), plug(B)];
      a.port.impairmentOut.configure({ corruptRatio: 1, seed: 1 });
      a.port.send([frame(B, A, 'x'.repeat(1000))]);
      await settle();
      expect(b.heard).toEqual([]);
      b.port.features.set([['rx-all', true]]);
      a.port.send([frame(B, A, 'x'.repeat(1000))]);
      await settle();
      expect(b.heard).toHaveLength(1);
      expect(b.port.counters()).toMatchObject({ rxCrcErrors: 2, rxFrames: 1 });
    });
  });

  it('drops and counts the newest frames if the queue is full (netdev_max_backlog)', async () => {
    const [a, b] = [plug(A), plug(B, { backlogFrames: 10 })];
    for (let i = 0; i < 25; i++) a.port.send([frame(B, A, `${i}`)]);
    await settle();
    expect(b.heard).toEqual(Array.from({ length: 10 }, (_, i) => `${i}`));
    expect(b.port.counters().rxDropped).toBe(15);
  });

  it('does not starve the event loop if two ports answer each other for ever', async () => {
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

  it('counts frames that it cannot send without a bus: they are lost at this interface', async () => {
    const [a, b] = [plug(A), plug(B)];
    a.port.send([frame(B, A, 'x')]);
    await settle();
    await bus.close();
    a.port.send([frame(B, A, 'y'), frame(B, A, 'z')]);
    expect(a.port.counters()).toMatchObject({ txFrames: 1, txDropped: 2 });
    expect(b.heard).toEqual(['x']);
  });

  it('receives and sends nothing after it is closed', async () => {
    const [a, b] = [plug(A), plug(B)];
    b.port.close();
    a.port.send([frame(B, A, 'x')]);
    b.port.send([frame(A, B, 'y')]);
    await settle();
    expect([a.heard, b.heard]).toEqual([[], []]);
  });

  describe('of a bridge (IEEE 802.1D 7)', () => {
    const HOST = 0x020000000001;
    /** A station behind the bridge. */
    const D = 0x02000000000d;
    let clock: VirtualClock;

    beforeEach(() => {
      clock = new VirtualClock();
      clock.turnTo(10_000);
    });

    function plugBridge(more: Partial<WirePortOptions> = {}, maxStations?: number) {
      const stations = new WireStations({ own: HOST, maxStations });
      return { stations, ...plug(HOST, { bridge: stations, clock, ...more }) };
    }

    it('receives frames to all, to a group, and to each unknown station (7.7)', async () => {
      const [a, bridge] = [plug(A), plugBridge()];
      a.port.send([frame(BROADCAST_MAC, A, 'to all'), frame(0x01005e000001, A, 'to a group')]);
      a.port.send([frame(D, A, 'to d'), frame(HOST, A, 'to the host')]);
      await settle();
      expect(bridge.heard.sort()).toEqual(['to a group', 'to all', 'to d', 'to the host']);
    });

    it('receives no frame to a station that it has learned on the wire, and not its own frames', async () => {
      const [a, b, bridge] = [plug(A), plug(B), plugBridge()];
      a.port.send([frame(BROADCAST_MAC, A, 'hello')]);
      await settle();
      for (let i = 0; i < 3; i++) b.port.send([frame(A, B, `to a ${i}`)]);
      bridge.port.send([frame(A, D, 'from behind'), frame(D, D, 'to nobody')]);
      await settle();
      expect(bridge.heard).toEqual(['hello']);
      expect(a.heard).toEqual(['to a 0', 'to a 1', 'to a 2', 'from behind']);
    });

    it('forwards to thousands of stations behind it, whatever it forwarded before', async () => {
      const [a, bridge] = [plug(A), plugBridge()];
      const behind = Array.from({ length: 5000 }, (_, i) => 0x020100000000 + i);
      for (const mac of behind) bridge.stations.forget(mac);
      for (let i = 0; i < behind.length; i += 500) {
        a.port.send(behind.slice(i, i + 500).map((mac) => frame(mac, A, `${mac}`)));
        await settle();
      }
      expect(bridge.heard).toEqual(behind.map(String));
      expect(bridge.port.counters().rxDropped).toBe(0);
    });

    it('forgets a station that sends nothing for 300 s (7.9.2), and floods to it again', async () => {
      const [a, b, bridge] = [plug(A), plug(B), plugBridge()];
      a.port.send([frame(BROADCAST_MAC, A, 'hello')]);
      await settle();
      clock.turnTo(clock.nowMs() + 300_000);
      b.port.send([frame(A, B, 'in time')]);
      await settle();
      clock.turnTo(clock.nowMs() + 1);
      b.port.send([frame(A, B, 'too late')]);
      await settle();
      expect(bridge.heard).toEqual(['hello', 'too late']);
    });

    it('remembers two stations that send only to each other', async () => {
      const [a, b, bridge] = [plug(A), plug(B), plugBridge()];
      a.port.send([frame(BROADCAST_MAC, A, 'a')]);
      b.port.send([frame(BROADCAST_MAC, B, 'b')]);
      await settle();
      for (let i = 0; i < 100; i++) {
        clock.turnTo(clock.nowMs() + 20_000);
        a.port.send([frame(B, A, `to b ${i}`)]);
        b.port.send([frame(A, B, `to a ${i}`)]);
        await settle();
      }
      expect(bridge.heard.sort()).toEqual(['a', 'b']);
      expect([a.heard.length, b.heard.length]).toEqual([101, 101]);
    });

    it('follows a station that moves behind it, and back, from its first frame on', async () => {
      const [a, b, bridge] = [plug(A), plug(B), plugBridge()];
      b.port.send([frame(BROADCAST_MAC, B, 'b on the wire')]);
      await settle();
      a.port.send([frame(B, A, 'one')]);
      await settle();
      // What the bridge's TAP side does with the source of each frame.
      bridge.stations.forget(B);
      a.port.send([frame(B, A, 'two')]);
      await settle();
      b.port.send([frame(BROADCAST_MAC, B, 'b is back')]);
      await settle();
      a.port.send([frame(B, A, 'three')]);
      await settle();
      expect(bridge.heard).toEqual(['b on the wire', 'two', 'b is back']);
    });

    it('floods if its table is full, and loses no connection', async () => {
      const [a, bridge] = [plug(A), plugBridge({}, 8)];
      const hostile = Array.from({ length: 100 }, (_, i) => 0x020200000000 + i);
      a.port.send([frame(BROADCAST_MAC, A, 'hello')]);
      a.port.send(hostile.map((mac) => frame(BROADCAST_MAC, mac, 'flood')));
      await settle();
      bridge.heard.length = 0;
      const [b] = [plug(B)];
      b.port.send([frame(D, B, 'to d'), frame(A, B, 'to a'), frame(HOST, B, 'to the host')]);
      await settle();
      expect(bridge.heard.sort()).toEqual(['to a', 'to d', 'to the host']);
      expect(bridge.stations.evicted).toBe(94);
    });

    it('does not learn from a frame that the wire corrupted', async () => {
      const [a, b, bridge] = [plug(A), plug(B), plugBridge()];
      a.port.impairmentOut.configure({ corruptRatio: 1, seed: 1 });
      for (let i = 0; i < 100; i++) a.port.send([frame(BROADCAST_MAC, A, 'x')]);
      await settle();
      expect(bridge.port.counters().rxCrcErrors).toBeGreaterThan(90);
      bridge.heard.length = 0;
      b.port.send([frame(A, B, 'to a')]);
      await settle();
      expect(bridge.heard).toEqual(['to a']);
    });
  });
});
