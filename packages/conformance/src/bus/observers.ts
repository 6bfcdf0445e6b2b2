import { transportIndicationChannel } from '@strata/contract';
import { until } from '../until.ts';
import { type BusHarness, channel, type Pdu, pdu, pdus, Sink } from './harness.ts';

export function describeObservers(ends: () => BusHarness): void {
  it('shows PDUs of all channels to an observer until it stops', async () => {
    const { sender, receiver } = ends();
    const seen: string[] = [];
    const stop = receiver.observe((subject, key, batch) => {
      for (const one of batch) seen.push(`${subject} ${key} ${(one as Pdu).sequence}`);
    });
    await receiver.flush();
    sender.publish(channel, pdus('a', 2));
    sender.publish(transportIndicationChannel('conformance-2'), [pdu('b', 3)]);
    await until('3 PDUs', () => seen.length === 3);
    expect(seen).toEqual([
      'strata.v1.conformance.ta.ind a 1',
      'strata.v1.conformance.ta.ind a 2',
      'strata.v1.conformance-2.ta.ind b 3',
    ]);
    stop();
    const sink = new Sink();
    receiver.subscribe(channel, sink.handler);
    await receiver.flush();
    sender.publish(channel, [pdu('a', 4)]);
    await sink.came(1);
    expect(seen).toHaveLength(3);
  });

  it('does not stand for whoever should answer a request: it is refused at once while somebody observes', async () => {
    const { sender, receiver } = ends();
    const stop = receiver.observe(() => {});
    await receiver.flush();
    const asked = sender.request(
      'strata.v1.conformance.control.link.health',
      Uint8Array.of(),
      5000,
    );
    await expect(asked).rejects.toMatchObject({ code: 'BUS_NO_RESPONDERS' });
    stop();
  });
}
