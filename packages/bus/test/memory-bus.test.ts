import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { everyPdu, MemoryBus } from '@strata/bus';
import { describeBus } from '@strata/conformance';
import { transportRequestChannel } from '@strata/contract';

describeBus('memory', async () => {
  const bus = new MemoryBus();
  return { sender: bus, receiver: bus, encodes: false, dispose: () => bus.close() };
});

const channel = transportRequestChannel('memory');
const pdu = { socket: 1, endpoint: 'a', sequence: 1, acknowledge: 0, body: undefined };

describe('the memory bus', () => {
  it('passes PDUs as objects, without encoding them', async () => {
    const bus = new MemoryBus();
    const got: unknown[] = [];
    bus.subscribe(channel, (batch) => got.push(...batch));
    bus.publish(channel, [pdu]);
    await bus.drain();
    expect(bus.lossless).toBe(true);
    expect(got[0]).toBe(pdu);
  });

  it('computes no key if all subscribers select by content', async () => {
    const bus = new MemoryBus();
    let keys = 0;
    const counting = {
      ...channel,
      keyOf: (one: typeof pdu) => {
        keys += 1;
        return channel.keyOf(one);
      },
    };
    const got: number[] = [];
    const selects = ({ socket }: { socket: number }) => socket !== 2;
    bus.subscribe(counting, (batch) => got.push(...batch.map(({ socket }) => socket)), { selects });
    bus.publish(counting, [pdu, { ...pdu, socket: 2 }, { ...pdu, socket: 3 }]);
    await bus.settle();
    expect(got).toEqual([1, 3]);
    expect(keys).toBe(0);
    // A subscriber that uses keys subscribes, too.
    const byKey: number[] = [];
    const subscription = bus.subscribe(counting, (batch) => byKey.push(batch[0]!.socket), {
      keys: ['2'],
    });
    bus.publish(counting, [{ ...pdu, socket: 2 }]);
    await bus.settle();
    expect(keys).toBe(1);
    expect(byKey).toEqual([2]);
    subscription.close();
    bus.publish(counting, [{ ...pdu, socket: 4 }]);
    await bus.drain();
    expect(keys).toBe(1);
    expect(got).toEqual([1, 3, 4]);
  });

  it('hands PDUs of several keys in one batch, in order, to a subscriber that selects', async () => {
    const bus = new MemoryBus();
    const batches: number[][] = [];
    bus.subscribe(channel, (batch) => batches.push(batch.map(({ socket }) => socket)), {
      selects: everyPdu,
    });
    bus.publish(
      channel,
      [1, 2, 1, 3].map((socket) => ({ ...pdu, socket })),
    );
    await bus.drain();
    expect(batches).toEqual([[1, 2, 1, 3]]);
  });

  it('ends draining even if receivers answer each other for ever', async () => {
    const bus = new MemoryBus();
    let count = 0;
    bus.subscribe(channel, (batch) => {
      count += 1;
      bus.publish(channel, batch);
    });
    bus.publish(channel, [pdu]);
    await bus.drain();
    expect(count).toBeGreaterThan(1);
    expect(bus.status).toBe('closed');
  });

  it('goes on after a handler throws; the error ends as an uncaught exception', () => {
    const script = `
      import { MemoryBus } from '@strata/bus';
      import { transportRequestChannel } from '@strata/contract';
      process.on('uncaughtException', (error) => console.log('uncaught', error.message));
      const channel = transportRequestChannel('memory');
      const bus = new MemoryBus();
      bus.subscribe(channel, () => { throw new Error('boom'); });
      bus.subscribe(channel, (batch) => console.log('delivered', batch.length));
      bus.publish(channel, [${JSON.stringify(pdu)}]);
    `;
    const flags = ['--conditions', '@strata/source', '--import', 'tsx', '--input-type=module'];
    const cwd = fileURLToPath(new URL('..', import.meta.url));
    const printed = execFileSync(process.execPath, [...flags, '-e', script], {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    expect(printed.trim().split('\n').sort()).toEqual(['delivered 1', 'uncaught boom']);
  });
});
