import { type BusHarness, channel, pdu, pdus, Sink, upTo } from './harness.ts';

export function describeEnd(ends: () => BusHarness): void {
  it('delivers nothing to a closed subscription, not even PDUs that waited', async () => {
    const { sender, receiver } = ends();
    const closed = new Sink();
    const open = new Sink();
    const subscription = receiver.subscribe(channel, closed.handler);
    receiver.subscribe(channel, open.handler);
    await receiver.flush();
    sender.publish(channel, [pdu('a', 1)]);
    await open.came(1);
    await closed.came(1);
    sender.publish(channel, [pdu('a', 2)]);
    subscription.close();
    await open.came(2);
    expect(closed.of('a')).toEqual([1]);
    expect(subscription.counters().pending).toBe(0);
  });

  it('settles: earlier PDUs are handled, and PDUs of handlers are on their way', async () => {
    const { sender, receiver } = ends();
    const sink = new Sink();
    const answers = new Sink();
    sender.subscribe(channel, answers.handler, { keys: ['answer'] });
    receiver.subscribe(
      channel,
      (batch, key) => {
        sink.handler(batch, key);
        receiver.publish(
          channel,
          batch.map(({ sequence }) => pdu('answer', sequence)),
        );
      },
      { keys: ['a'] },
    );
    await sender.flush();
    await receiver.flush();
    sender.publish(channel, pdus('a', 900));
    await sender.flush();
    await receiver.settle();
    expect(sink.of('a')).toEqual(upTo(900));
    await receiver.flush();
    await sender.settle();
    expect(answers.of('answer')).toEqual(upTo(900));
  });

  it('drains: waiting PDUs are delivered, and PDUs of handlers are sent', async () => {
    const { sender, receiver, encodes } = ends();
    const sink = new Sink();
    const answers = new Sink();
    sender.subscribe(channel, answers.handler, { keys: ['answer'] });
    receiver.subscribe(
      channel,
      (batch, key) => {
        sink.handler(batch, key);
        receiver.publish(
          channel,
          batch.map(({ sequence }) => pdu('answer', sequence)),
        );
      },
      { keys: ['a'] },
    );
    await sender.flush();
    await receiver.flush();
    sender.publish(channel, pdus('a', 500));
    await sender.flush();
    await receiver.drain();
    expect(sink.of('a')).toEqual(upTo(500));
    expect(receiver.status).toBe('closed');
    // A single connection to a server receives nothing new while it drains.
    if (encodes && sender === receiver) return;
    await answers.came(500);
    expect(answers.of('answer')).toEqual(upTo(500));
  });

  it('closes: reports it once, drops and counts later PDUs, and refuses all other calls', async () => {
    const { sender } = ends();
    const seen: string[] = [];
    sender.onStatus((status) => seen.push(status));
    expect(sender.status).toBe('connected');
    await sender.close();
    await sender.close();
    expect(sender.status).toBe('closed');
    expect(seen).toEqual(['closed']);
    sender.publish(channel, pdus('a', 3));
    expect(sender.counters().droppedDisconnected).toBe(3);
    expect(() => sender.subscribe(channel, () => {})).toThrow(
      expect.objectContaining({ code: 'BUS_CLOSED' }),
    );
    const asked = sender.request('conformance.any', Uint8Array.of(), 100);
    await expect(asked).rejects.toMatchObject({ name: 'BusError', code: 'BUS_CLOSED' });
    await sender.flush();
    await sender.drain();
  });

  it('rejects waiting requests when it closes', async () => {
    const { sender, receiver } = ends();
    receiver.serve({
      name: 'conformance',
      version: '1.0.0',
      description: 'Never answers',
      metadata: {},
      endpoints: { ask: { subject: 'conformance.never', handler: () => new Promise(() => {}) } },
    });
    await receiver.flush();
    const asked = sender.request('conformance.never', Uint8Array.of(), 20_000);
    const outcome = expect(asked).rejects.toMatchObject({ code: 'BUS_CLOSED' });
    await sender.flush();
    await sender.close();
    await outcome;
  });

  it('does not call a status listener that was removed', async () => {
    const { sender } = ends();
    const seen: string[] = [];
    const stop = sender.onStatus((status) => seen.push(status));
    stop();
    await sender.close();
    expect(seen).toEqual([]);
  });
}
