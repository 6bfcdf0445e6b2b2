/** What every bus must do: run by each implementation's tests. Needs jest's globals. */
import type { Bus } from '@strata/bus';
import { type Channel, type SessionPdu, transportIndicationChannel } from '@strata/contract';
import type { TransportIndication } from '@strata/transport';
import { until } from './until.ts';

/** What a suite is run on. */
export interface BusHarness {
  /** Two ends of one bus; in one process they may be the same. */
  readonly sender: Bus;
  readonly receiver: Bus;
  /** Whether PDUs travel as messages, which may be malformed. */
  readonly encodes: boolean;
  /** Closes both, also where the test has. */
  dispose(): Promise<void>;
}

type Pdu = SessionPdu<TransportIndication>;

/** A channel whose keys are endpoints, so that a test can choose them. */
const channel = transportIndicationChannel('conformance');
const encoder = new TextEncoder();

/** The `number`th PDU of a key, with `octets` of data. */
function pdu(key: string, number: number, octets = 1): Pdu {
  const address = { address: 0xc0000201, port: 7 };
  return {
    socket: 1,
    endpoint: key,
    sequence: number,
    acknowledge: 0,
    body: {
      kind: 'datagram',
      socket: 1,
      endpoint: key,
      local: address,
      remote: address,
      ttl: 64,
      data: new Uint8Array(octets).fill(number),
    },
  };
}

function pdus(key: string, count: number, octets = 1): Pdu[] {
  return Array.from({ length: count }, (_, index) => pdu(key, index + 1, octets));
}

const numbers = (batch: readonly Pdu[]) => batch.map(({ sequence }) => sequence);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** Gathers what comes by key. */
class Sink {
  readonly batches: { key: string; numbers: number[] }[] = [];
  readonly handler = (batch: Pdu[], key: string): void => {
    this.batches.push({ key, numbers: numbers(batch) });
  };

  of(key: string): number[] {
    return this.batches.filter((batch) => batch.key === key).flatMap((batch) => batch.numbers);
  }

  get count(): number {
    return this.batches.reduce((sum, batch) => sum + batch.numbers.length, 0);
  }

  came(count: number): Promise<void> {
    return until(`${count} PDUs`, () => this.count >= count);
  }
}

export function describeBus(name: string, make: () => Promise<BusHarness>): void {
  describe(`bus compliance: ${name}`, () => {
    let harness: BusHarness;

    beforeEach(async () => {
      harness = await make();
    });

    afterEach(async () => {
      await harness.dispose();
    });

    const ends = () => harness;
    describe('delivery', () => describeDelivery(ends));
    describe('bounds', () => describeBounds(ends));
    describe('requests', () => describeRequests(ends));
    describe('observers', () => describeObservers(ends));
    describe('the end', () => describeEnd(ends));
  });
}

function describeDelivery(ends: () => BusHarness): void {
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

  it('hands over what was published in one turn as one batch of each key', async () => {
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

  it('hands over bytes as they were sent, small and large', async () => {
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
      // A handler that publishes is not called inside of that either.
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
          // What a receiver writes to its bytes is its own affair.
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

  it('delivers only the keys asked for, and all where none is named', async () => {
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

  it('keeps channels of different stacks apart', async () => {
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

  it('lets the event loop run while handlers answer each other for ever', async () => {
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

function describeBounds(ends: () => BusHarness): void {
  it('drops the newest PDUs beyond maxPendingPdus and counts them', async () => {
    const { sender, receiver } = ends();
    const sink = new Sink();
    const subscription = receiver.subscribe(channel, sink.handler, { maxPendingPdus: 3 });
    await receiver.flush();
    sender.publish(channel, pdus('a', 10));
    await until('the drops', () => subscription.counters().dropped === 7);
    await sink.came(3);
    expect(sink.of('a')).toEqual([1, 2, 3]);
    expect(subscription.counters()).toEqual({ delivered: 3, dropped: 7, malformed: 0, pending: 0 });
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

  it('takes PDUs again when there is room', async () => {
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

  it('counts what was published', async () => {
    const { sender } = ends();
    const before = sender.counters().published;
    sender.publish(channel, pdus('a', 5));
    expect(sender.counters().published - before).toBe(5);
  });

  it('counts messages that cannot be decoded and goes on', async () => {
    const { sender, receiver, encodes } = ends();
    const sink = new Sink();
    const subscription = receiver.subscribe(channel, sink.handler);
    await receiver.flush();
    if (encodes) {
      const garbage: Channel<Pdu> = { ...channel, encode: () => encoder.encode('garbage') };
      sender.publish(garbage, [pdu('a', 1)]);
      await until('the count', () => subscription.counters().malformed === 1);
    }
    sender.publish(channel, [pdu('a', 2)]);
    await sink.came(1);
    expect(sink.of('a')).toEqual([2]);
    expect(subscription.counters().malformed).toBe(encodes ? 1 : 0);
  });
}

function describeRequests(ends: () => BusHarness): void {
  const serve = (bus: Bus, subject: string, handler: (body: Uint8Array) => Promise<Uint8Array>) =>
    bus.serve({
      name: 'conformance',
      version: '1.0.0',
      description: 'Answers the suite',
      metadata: {},
      endpoints: { ask: { subject, handler } },
    });

  it('answers a request', async () => {
    const { sender, receiver } = ends();
    serve(receiver, 'conformance.double', async (body) => Uint8Array.from([...body, ...body]));
    await receiver.flush();
    const reply = await sender.request('conformance.double', Uint8Array.of(1, 2), 2000);
    expect([...reply]).toEqual([1, 2, 1, 2]);
  });

  it('answers many at once, each with its own', async () => {
    const { sender, receiver } = ends();
    serve(receiver, 'conformance.same', async (body) => body);
    await receiver.flush();
    const asked = upTo(50).map((number) => Uint8Array.of(number));
    const replies = await Promise.all(
      asked.map((body) => sender.request('conformance.same', body, 2000)),
    );
    expect(replies.map((reply) => reply[0])).toEqual(upTo(50));
  });

  it('rejects with BUS_REMOTE and the message where the handler throws', async () => {
    const { sender, receiver } = ends();
    serve(receiver, 'conformance.fail', async () => {
      throw new Error('mtu is 20: must be 68 to 65535');
    });
    await receiver.flush();
    await expect(sender.request('conformance.fail', Uint8Array.of(), 2000)).rejects.toMatchObject({
      name: 'BusError',
      code: 'BUS_REMOTE',
      message: expect.stringContaining('mtu is 20: must be 68 to 65535'),
    });
  });

  it('rejects with BUS_TIMEOUT where the handler is slow', async () => {
    const { sender, receiver } = ends();
    let answer = () => {};
    const slow = new Promise<Uint8Array>((resolve) => {
      answer = () => resolve(Uint8Array.of());
    });
    serve(receiver, 'conformance.slow', () => slow);
    await receiver.flush();
    const asked = sender.request('conformance.slow', Uint8Array.of(), 50);
    await expect(asked).rejects.toMatchObject({ name: 'BusError', code: 'BUS_TIMEOUT' });
    answer();
  });

  it('rejects with BUS_NO_RESPONDERS where nobody serves, and where who served has stopped', async () => {
    const { sender, receiver } = ends();
    const nobody = { name: 'BusError', code: 'BUS_NO_RESPONDERS' };
    await expect(sender.request('conformance.nobody', Uint8Array.of(), 2000)).rejects.toMatchObject(
      nobody,
    );
    const service = serve(receiver, 'conformance.gone', async (body) => body);
    await receiver.flush();
    await sender.request('conformance.gone', Uint8Array.of(), 2000);
    await service.stop();
    await expect(sender.request('conformance.gone', Uint8Array.of(), 2000)).rejects.toMatchObject(
      nobody,
    );
  });

  it('asks one of several instances', async () => {
    const { sender, receiver } = ends();
    let calls = 0;
    for (let instance = 0; instance < 3; instance++) {
      serve(receiver, 'conformance.one', async (body) => {
        calls += 1;
        return body;
      });
    }
    await receiver.flush();
    for (let count = 0; count < 10; count++) {
      await sender.request('conformance.one', Uint8Array.of(), 2000);
    }
    expect(calls).toBe(10);
  });
}

function describeObservers(ends: () => BusHarness): void {
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
}

function describeEnd(ends: () => BusHarness): void {
  it('stops a subscription that is closed; what waits is not delivered', async () => {
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

  it('drains: what waits is delivered, what handlers publish meanwhile is sent', async () => {
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
    // A single connection to a server hears nothing new while it drains.
    if (encodes && sender === receiver) return;
    await answers.came(500);
    expect(answers.of('answer')).toEqual(upTo(500));
  });

  it('closes: reports it once, drops and counts what is published, refuses the rest', async () => {
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

  it('rejects requests that wait when it closes', async () => {
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

  it('no longer tells a status listener that has stopped', async () => {
    const { sender } = ends();
    const seen: string[] = [];
    const stop = sender.onStatus((status) => seen.push(status));
    stop();
    await sender.close();
    expect(seen).toEqual([]);
  });
}
