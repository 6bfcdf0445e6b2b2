import type { Channel } from '@strata/contract';
import { until } from '../until.ts';
import { type BusHarness, channel, type Pdu, pdu, pdus, Sink } from './harness.ts';

export function describeBounds(ends: () => BusHarness): void {
  it('drops the newest PDUs beyond maxPendingPdus and counts them', async () => {
    const { sender, receiver } = ends();
    const sink = new Sink();
    const subscription = receiver.subscribe(channel, sink.handler, { maxPendingPdus: 3 });
    await receiver.flush();
    sender.publish(channel, pdus('a', 10));
    await until('the drops', () => subscription.counters().dropped === 7);
    await sink.came(3);
    expect(sink.of('a')).toEqual([1, 2, 3]);
    expect(subscription.counters()).toEqual({
      delivered: 3,
      dropped: 7,
      malformed: 0,
      stale: 0,
      pending: 0,
    });
  });

  it('drops the newest PDUs beyond maxPendingOctets and counts them', async () => {
    const { sender, receiver } = ends();
    const sink = new Sink();
    const size = channel.sizeOf(pdu('a', 1, 1000));
    const subscription = receiver.subscribe(channel, sink.handler, {
      maxPendingOctets: 2 * size + 1,
    });
    await receiver.flush();
    sender.publish(channel, pdus('a', 5, 1000));
    await until('the drops', () => subscription.counters().dropped === 3);
    await sink.came(2);
    expect(sink.of('a')).toEqual([1, 2]);
  });

  it('accepts PDUs again when there is room', async () => {
    const { sender, receiver } = ends();
    const sink = new Sink();
    receiver.subscribe(channel, sink.handler, { maxPendingPdus: 2 });
    await receiver.flush();
    sender.publish(channel, pdus('a', 5));
    await sink.came(2);
    sender.publish(channel, [pdu('a', 6)]);
    await sink.came(3);
    expect(sink.of('a')).toEqual([1, 2, 6]);
  });

  it('counts published PDUs', async () => {
    const { sender } = ends();
    const before = sender.counters().published;
    sender.publish(channel, pdus('a', 5));
    expect(sender.counters().published - before).toBe(5);
  });

  it('counts messages that cannot be decoded, and continues', async () => {
    const { sender, receiver, encodes } = ends();
    const sink = new Sink();
    const subscription = receiver.subscribe(channel, sink.handler);
    await receiver.flush();
    if (encodes) {
      const garbage: Channel<Pdu> = {
        ...channel,
        encode: () => new TextEncoder().encode('garbage'),
      };
      sender.publish(garbage, [pdu('a', 1)]);
      await until('the count', () => subscription.counters().malformed === 1);
    }
    sender.publish(channel, [pdu('a', 2)]);
    await sink.came(1);
    expect(sink.of('a')).toEqual([2]);
    expect(subscription.counters().malformed).toBe(encodes ? 1 : 0);
  });
}
