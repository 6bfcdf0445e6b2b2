/** Senders that have lost their shard to another sender, over NATS. */

import { type Bus, connectNats } from '@strata/bus';
import { type NatsServer, startNatsServer, until } from '@strata/conformance';
import {
  type Channel,
  linkRequestChannel,
  transportIndicationChannel,
  unsequenced,
  wireChannel,
} from '@strata/contract';
import { ipv4Address, ipv4Bits } from '@strata/wire';

let server: NatsServer;
let sender: Bus;
let receiver: Bus;

beforeAll(async () => {
  server = await startNatsServer();
  sender = await connectNats({ servers: server.url, name: 'sender' });
  receiver = await connectNats({ servers: server.url, name: 'receiver' });
});

afterAll(async () => {
  await Promise.all([sender.close(), receiver.close()]);
  await server.stop();
});

const META = { segmentSize: 0, checksum: 'complete', trace: undefined } as const;
/** Not an IPv4 packet, so its shard is 0. Its next hop marks it. */
const packet = (mark: number) => ({
  ...META,
  interfaceIndex: 1,
  etherType: 0x0806,
  cast: 'unicast' as const,
  nextHop: ipv4Address(mark),
  packet: new Uint8Array(20),
  headroomOctets: 0,
});

/**
 * Subscribes. Returns `markOf` of each PDU that came, and a function that sends one under a claim.
 */
async function listen<Pdu>(channel: Channel<Pdu>, markOf: (pdu: Pdu) => number) {
  const marks: number[] = [];
  const subscription = receiver.subscribe(channel, (batch) => marks.push(...batch.map(markOf)));
  await receiver.flush();
  return {
    marks,
    counters: () => subscription.counters(),
    async send(epoch: number, ...pdus: readonly Pdu[]) {
      sender.publish(channel, pdus, () => epoch);
      await sender.flush();
    },
  };
}

describe('a sender that has lost its shard to another', () => {
  it('is not delivered any more, and its PDUs are counted', async () => {
    const at = await listen(linkRequestChannel('fence'), ({ nextHop }) => ipv4Bits(nextHop));
    await at.send(1, packet(1));
    await at.send(2, packet(2));
    await at.send(1, packet(3), packet(4));
    await at.send(2, packet(5));
    await until('the last one', () => at.marks.includes(5));
    expect(at.marks).toEqual([1, 2, 5]);
    expect(at.counters()).toMatchObject({ delivered: 3, stale: 2, malformed: 0, dropped: 0 });
  });

  it('does not affect senders of other shards to the same endpoint', async () => {
    const at = await listen(transportIndicationChannel('fence'), ({ socket }) => socket);
    const end = (socket: number) =>
      unsequenced('app', {
        kind: 'end' as const,
        socket,
        endpoint: 'app',
        trace: undefined,
        offset: 0,
      });
    // Shard 1 is at epoch 9, shard 2 at epoch 3.
    await at.send(9, end(64 + 1));
    await at.send(3, end(64 + 2));
    await at.send(8, end(128 + 1), end(128 + 2));
    await at.send(9, end(192 + 1));
    await until('the last one', () => at.marks.includes(192 + 1));
    expect(at.marks).toEqual([64 + 1, 64 + 2, 128 + 2, 192 + 1]);
    expect(at.counters()).toMatchObject({ stale: 1 });
  });
});

describe('a sender without a claim', () => {
  it('is delivered whatever others claim', async () => {
    const at = await listen(linkRequestChannel('free'), ({ nextHop }) => ipv4Bits(nextHop));
    await at.send(7, packet(1));
    await at.send(0, packet(2));
    await at.send(7, packet(3));
    await until('the last one', () => at.marks.includes(3));
    expect(at.marks).toEqual([1, 2, 3]);
    expect(at.counters()).toMatchObject({ stale: 0 });
  });
});

describe('a message that is malformed', () => {
  it('claims nothing, however high its epoch is', async () => {
    const channel = linkRequestChannel('broken');
    const at = await listen(channel, ({ nextHop }) => ipv4Bits(nextHop));
    const broken = { ...channel, encode: () => Uint8Array.of(0x10, 0x7f) };
    sender.publish(broken, [packet(1)]);
    await at.send(1, packet(2));
    await until('the good one', () => at.marks.includes(2));
    expect(at.counters()).toMatchObject({ malformed: 1, stale: 0 });
  });
});

describe('a channel whose shards nobody claims', () => {
  it('treats field 2 of a batch as an unknown field', async () => {
    const wire = wireChannel('fence');
    const at = await listen(wire, ({ frame }) => frame[0]!);
    const frame = (mark: number) => ({
      ...META,
      interfaceIndex: 0,
      headroomOctets: 0,
      sourcePort: 'a',
      fcs: undefined,
      frame: new Uint8Array(14).fill(mark),
    });
    const withField2 = (value: number) => ({
      ...wire,
      encode: (batch: Parameters<typeof wire.encode>[0]) =>
        Buffer.concat([wire.encode(batch), Uint8Array.of(0x10, value)]),
    });
    sender.publish(withField2(9), [frame(2)]);
    await sender.flush();
    sender.publish(withField2(8), [frame(4)]);
    await sender.flush();
    await until('both', () => at.marks.length === 2);
    expect(at.marks).toEqual([2, 4]);
  });
});
