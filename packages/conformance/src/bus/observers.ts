import type { Observation } from '@strata/bus';
import { transportIndicationChannel } from '@strata/contract';
import { until } from '../until.ts';
import { type BusHarness, channel, type Pdu, pdu, pdus, Sink } from './harness.ts';

const other = transportIndicationChannel('conformance-2');
const unwatched = transportIndicationChannel('conformance-3');

/** Observes both channels; resolves when what `sender` publishes is shown. */
async function observe(
  { sender, receiver }: BusHarness,
  seen: (subject: string, key: string, pdu: Pdu) => void,
): Promise<Observation> {
  let isSeen = false;
  const observation = receiver.observe([channel, other], (subject, key, batch) => {
    if (key === 'probe') isSeen = true;
    else for (const one of batch) seen(subject, key, one as Pdu);
  });
  await observation.ready;
  await until('the observer sees what is published', () => {
    if (!isSeen) sender.publish(channel, [pdu('probe', 1)]);
    return isSeen;
  });
  return observation;
}

export function describeObservers(ends: () => BusHarness): void {
  it('shows an observer the PDUs of its channels only, until it stops', async () => {
    const { sender, receiver } = ends();
    const seen: string[] = [];
    const observation = await observe(ends(), (subject, key, { sequence }) => {
      seen.push(`${subject} ${key} ${sequence}`);
    });
    sender.publish(unwatched, [pdu('c', 1)]);
    sender.publish(channel, pdus('a', 2));
    sender.publish(other, [pdu('b', 3)]);
    await until('3 PDUs', () => seen.length === 3);
    expect(seen).toEqual([
      'strata.v1.conformance.ta.ind a 1',
      'strata.v1.conformance.ta.ind a 2',
      'strata.v1.conformance-2.ta.ind b 3',
    ]);
    expect(observation.missed()).toBe(0);
    observation.stop();
    const sink = new Sink();
    receiver.subscribe(channel, sink.handler, { keys: ['a'] });
    await receiver.flush();
    sender.publish(channel, [pdu('a', 4)]);
    await sink.came(1);
    expect(seen).toHaveLength(3);
  });

  it('shows a PDU and delivers it', async () => {
    const { sender, receiver } = ends();
    const seen: number[] = [];
    const sink = new Sink();
    receiver.subscribe(channel, sink.handler, { keys: ['a'] });
    await receiver.flush();
    const observation = await observe(ends(), (_subject, _key, { sequence }) =>
      seen.push(sequence),
    );
    sender.publish(channel, pdus('a', 3));
    await sink.came(3);
    await until('3 PDUs are shown', () => seen.length === 3);
    expect(sink.of('a')).toEqual([1, 2, 3]);
    observation.stop();
  });

  it('does not count as a service: a request without a service is refused at once', async () => {
    const { sender } = ends();
    const observation = await observe(ends(), () => {});
    const asked = sender.request(
      'strata.v1.conformance.control.link.health',
      Uint8Array.of(),
      5000,
    );
    await expect(asked).rejects.toMatchObject({ code: 'BUS_NO_RESPONDERS' });
    observation.stop();
  });
}
