import { transportIndicationChannel } from '@strata/contract';
import { until } from '../until.ts';
import { type BusHarness, channel, type Pdu, pdu, pdus, Sink, upTo } from './harness.ts';

export function describeDelivery(ends: () => BusHarness): void {
  it('keeps the order of a key over many turns', async () => {
    const { sender, receiver } = ends();
    const sink = new Sink();
    receiver.subscribe(channel, sink.handler, { maxPendingPdus: 10_000 });
    await receiver.flush();
    const all = [...pdus('a', 600), ...pdus('b', 600)].sort((x, y) => x.sequence - y.sequence);
    for (let at = 0; at < all.length; at += 7) {
      sender.publish(channel, all.slice(at, at + 7));
      if (at % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await sink.came(1200);
    expect(sink.of('a')).toEqual(upTo(600));
    expect(sink.of('b')).toEqual(upTo(600));
  });

  it('delivers PDUs of one turn as one batch for each key', async () => {
    const { sender, receiver } = ends();
    const sink = new Sink();
    receiver.subscribe(channel, sink.handler);
    await receiver.flush();
    sender.publish(channel, [pdu('a', 1), pdu('b', 1)]);
    sender.publish(channel, [pdu('a', 2)]);
    sender.publish(channel, [pdu('b', 2)]);
    await sink.came(4);
    expect(sink.batches).toHaveLength(2);
    expect(sink.of('a')).toEqual([1, 2]);
    expect(sink.of('b')).toEqual([1, 2]);
  });

  it('delivers bytes unchanged, few and many', async () => {
    const { sender, receiver } = ends();
    const got: Pdu[] = [];
    receiver.subscribe(channel, (batch) => got.push(...batch));
    await receiver.flush();
    const sent = [0, 1, 1500, 16_384, 65_507].map((octets, index) => pdu('a', index + 1, octets));
    const expected = structuredClone(sent);
    sender.publish(channel, sent);
    await until('5 PDUs', () => got.length === 5);
    expect(got).toEqual(expected);
  });

  it('never delivers inside publish', async () => {
    const { sender, receiver } = ends();
    let inside = false;
    let deliveredInside = false;
    const sink = new Sink();
    receiver.subscribe(channel, (batch, key) => {
      deliveredInside ||= inside;
      // A handler that publishes must not be called inside its own publish either.
      inside = true;
      if (key === 'a') receiver.publish(channel, [pdu('b', 1)]);
      inside = false;
      sink.handler(batch, key);
    });
    await receiver.flush();
    inside = true;
    sender.publish(channel, [pdu('a', 1)]);
    inside = false;
    await sink.came(2);
    expect(deliveredInside).toBe(false);
  });

  it('gives each of several subscribers a PDU of its own', async () => {
    const { sender, receiver } = ends();
    const got: Pdu[][] = [[], [], []];
    for (const list of got) {
      receiver.subscribe(channel, (batch) => {
        for (const one of batch) {
          // A receiver owns its bytes: writing to them must not change another receiver's.
          if (one.body?.kind === 'datagram') one.body.data.fill(99);
          list.push(one);
        }
      });
    }
    const last: Pdu[] = [];
    receiver.subscribe(channel, (batch) => last.push(...batch), { keys: ['a'] });
    await receiver.flush();
    sender.publish(channel, [pdu('a', 1), pdu('a', 2)]);
    await until('2 PDUs each', () => last.length === 2 && got.every((list) => list.length === 2));
    expect(last).toEqual([pdu('a', 1), pdu('a', 2)]);
  });

  it('delivers only the keys that were named, and all if none was', async () => {
    const { sender, receiver } = ends();
    const some = new Sink();
    const all = new Sink();
    receiver.subscribe(channel, some.handler, { keys: ['a', 'c', 'a'] });
    receiver.subscribe(channel, all.handler);
    await receiver.flush();
    sender.publish(channel, [pdu('a', 1), pdu('b', 1), pdu('c', 1)]);
    await all.came(3);
    await some.came(2);
    expect(some.batches.map(({ key }) => key).sort()).toEqual(['a', 'c']);
    expect(all.batches.map(({ key }) => key).sort()).toEqual(['a', 'b', 'c']);
  });

  it('delivers the keys that are wanted at that time', async () => {
    const { sender, receiver } = ends();
    const unwanted = new Set(['b']);
    const some = new Sink();
    const all = new Sink();
    receiver.subscribe(channel, some.handler, { wants: (key) => !unwanted.has(key) });
    receiver.subscribe(channel, all.handler);
    await receiver.flush();
    sender.publish(channel, [pdu('a', 1), pdu('b', 1), pdu('c', 1)]);
    await all.came(3);
    unwanted.clear();
    sender.publish(channel, [pdu('b', 2)]);
    await all.came(4);
    await some.came(3);
    expect(some.of('a')).toEqual([1]);
    expect(some.of('b')).toEqual([2]);
    expect(some.of('c')).toEqual([1]);
  });

  it('neither queues, counts nor drops what is not wanted', async () => {
    const { sender, receiver } = ends();
    const sink = new Sink();
    const subscription = receiver.subscribe(channel, sink.handler, {
      maxPendingPdus: 2,
      wants: (key) => key === 'a',
    });
    await receiver.flush();
    sender.publish(channel, [...pdus('b', 100), ...pdus('a', 2)]);
    await sink.came(2);
    expect(subscription.counters()).toMatchObject({ delivered: 2, dropped: 0 });
  });

  it('delivers what a subscriber selects by content, and all to others', async () => {
    const { sender, receiver } = ends();
    const some: number[] = [];
    const all = new Sink();
    receiver.subscribe(channel, (batch) => some.push(...batch.map(({ sequence }) => sequence)), {
      keys: ['a'],
      selects: ({ endpoint }) => endpoint === 'a',
    });
    receiver.subscribe(channel, all.handler);
    await receiver.flush();
    sender.publish(channel, [pdu('a', 1), pdu('b', 2), pdu('a', 3)]);
    await all.came(3);
    await until('2 PDUs', () => some.length === 2);
    expect(some).toEqual([1, 3]);
    expect(all.of('b')).toEqual([2]);
  });

  it('keeps the channels of different stacks apart', async () => {
    const { sender, receiver } = ends();
    const other = transportIndicationChannel('conformance-2');
    const sink = new Sink();
    receiver.subscribe(channel, sink.handler);
    const otherSink = new Sink();
    receiver.subscribe(other, otherSink.handler);
    await receiver.flush();
    sender.publish(other, [pdu('a', 2)]);
    sender.publish(channel, [pdu('a', 1)]);
    await Promise.all([sink.came(1), otherSink.came(1)]);
    expect(sink.of('a')).toEqual([1]);
    expect(otherSink.of('a')).toEqual([2]);
  });

  it('lets the event loop run while handlers answer each other without end', async () => {
    const { sender, receiver } = ends();
    let stopped = false;
    let turns = 0;
    receiver.subscribe(channel, () => {
      if (!stopped) receiver.publish(channel, [pdu('a', 1)]);
    });
    await receiver.flush();
    sender.publish(channel, [pdu('a', 1)]);
    const startedMs = performance.now();
    while (turns < 20) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      turns += 1;
    }
    stopped = true;
    expect(performance.now() - startedMs).toBeLessThan(2000);
  });
}
