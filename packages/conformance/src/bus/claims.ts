import { type BusHarness, channel, type Pdu, pdu, Sink } from './harness.ts';

export function describeClaims(ends: () => BusHarness): void {
  it('refuses a publisher after it has heard one with a higher epoch, and counts it', async () => {
    const { sender: first, receiver: second } = ends();
    const sink = new Sink();
    const subscription = second.subscribe(channel, sink.handler);
    await second.flush();
    first.publish(channel, [pdu('a', 1)], () => 1);
    await sink.came(1);
    second.publish(channel, [pdu('a', 2)], () => 2);
    await sink.came(2);
    first.publish(channel, [pdu('a', 3), pdu('a', 4)], () => 1);
    first.publish(channel, [pdu('b', 5)]);
    await sink.came(3);
    expect(sink.of('a')).toEqual([1, 2]);
    expect(sink.of('b')).toEqual([5]);
    expect(subscription.counters()).toMatchObject({ delivered: 3, stale: 2, dropped: 0 });
  });

  it('asks the publisher for the epoch of each shard, also within one batch', async () => {
    const { sender, receiver } = ends();
    const sink = new Sink();
    const subscription = receiver.subscribe(channel, sink.handler);
    await receiver.flush();
    // A socket's id modulo 64 is its shard.
    const ofShard = (shard: number, number: number): Pdu => {
      const one = pdu('a', number);
      const socket = 64 + shard;
      return { ...one, socket, body: one.body && { ...one.body, socket } };
    };
    sender.publish(channel, [ofShard(1, 1), ofShard(2, 2)], (shard) => (shard === 1 ? 9 : 3));
    sender.publish(channel, [ofShard(1, 3), ofShard(2, 4)], () => 8);
    sender.publish(channel, [ofShard(1, 5)], () => 9);
    await sink.came(4);
    expect(sink.of('a')).toEqual([1, 2, 4, 5]);
    expect(subscription.counters()).toMatchObject({ stale: 1 });
  });

  it('never refuses a publisher without a claim: epoch 0, or none', async () => {
    const { sender, receiver } = ends();
    const sink = new Sink();
    const subscription = receiver.subscribe(channel, sink.handler);
    await receiver.flush();
    sender.publish(channel, [pdu('a', 1)], () => 7);
    sender.publish(channel, [pdu('a', 2)], () => 0);
    sender.publish(channel, [pdu('a', 3)]);
    await sink.came(3);
    expect(sink.of('a')).toEqual([1, 2, 3]);
    expect(subscription.counters()).toMatchObject({ stale: 0 });
  });
}
