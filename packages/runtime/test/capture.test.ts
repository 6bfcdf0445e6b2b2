import { MemoryBus } from '@strata/bus';
import { type CapturedFrame, captureChannel } from '@strata/contract';
import { Capture } from '../src/index.ts';
import { frame } from './support/frames.ts';
import { settle } from './support/settle.ts';
import { VirtualClock } from './support/virtual-clock.ts';

describe('Capture', () => {
  let bus: MemoryBus;
  let clock: VirtualClock;
  let capture: Capture;
  let seen: CapturedFrame[];

  beforeEach(() => {
    bus = new MemoryBus();
    clock = new VirtualClock();
    capture = new Capture(bus, 'server', (index) => `eth${index - 1}`, clock);
    seen = [];
    bus.subscribe(captureChannel('server'), (batch) => seen.push(...batch));
  });

  afterEach(async () => {
    capture.close();
    await bus.close();
  });

  it('copies nothing without a viewer', async () => {
    capture.record('in', [frame(2, 4, 'x')]);
    await settle();
    expect(seen).toEqual([]);
  });

  it('copies frames with interface, direction and time', async () => {
    const beforeUs = Date.now() * 1000 - 1000;
    capture.set(1000, 0);
    const sent = frame(2, 4, 'hello');
    capture.record('out', [sent]);
    sent.frame.fill(0);
    await settle();
    expect(seen).toHaveLength(1);
    const [got] = seen;
    expect(got).toMatchObject({ interfaceIndex: 1, interfaceName: 'eth0', direction: 'out' });
    expect(Buffer.from(got!.frame.subarray(14)).toString()).toBe('hello');
    expect(got!.timestampUs).toBeGreaterThan(beforeUs);
    expect(got!.timestampUs).toBeLessThan(Date.now() * 1000 + 1_000_000);
    expect(Number.isInteger(got!.timestampUs)).toBe(true);
  });

  it('ends with its lease, unless the lease is renewed', () => {
    capture.set(1000, 0);
    clock.turnTo(900);
    capture.set(1000, 0);
    clock.turnTo(1500);
    expect(capture.isOn).toBe(true);
    clock.turnTo(1900);
    expect([capture.isOn, capture.leaseMs]).toEqual([false, 0]);
  });

  it('cuts frames at the snap length and tells how long they were', async () => {
    capture.set(1000, 20);
    capture.record('in', [frame(2, 4, 'a long payload')]);
    await settle();
    expect(seen[0]).toMatchObject({ originalOctets: 28 });
    expect(seen[0]!.frame.byteLength).toBe(20);
  });

  it('gives two viewers the longer of their snap lengths', async () => {
    capture.set(1000, 20);
    capture.set(1000, 16);
    capture.record('in', [frame(2, 4, 'a long payload')]);
    await settle();
    expect(seen[0]!.frame.byteLength).toBe(20);
  });

  it('is limited: during a flood within one turn it leaves frames out and counts them', () => {
    capture.set(1000, 0);
    const big = { ...frame(2, 4, ''), frame: new Uint8Array(65_000) };
    for (let i = 0; i < 300; i++) capture.record('in', [big]);
    const { captured, captureLeftOut } = capture.counters();
    expect(captured).toBeLessThan(260);
    expect(captured + captureLeftOut).toBe(300);
  });

  it('is off at once if the lease is 0', () => {
    capture.set(1000, 0);
    capture.set(0, 0);
    expect([capture.isOn, clock.running]).toEqual([false, 0]);
  });
});
