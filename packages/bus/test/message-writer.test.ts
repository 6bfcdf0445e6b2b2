import { connect, type NatsConnection } from '@nats-io/transport-node';
import { type NatsServer, startNatsServer, until } from '@strata/conformance';
import type { Channel } from '@strata/contract';
import { commandOf, MessageWriter } from '../src/message-writer.ts';

let server: NatsServer;
let connection: NatsConnection;

beforeAll(async () => {
  server = await startNatsServer();
});

afterAll(() => server.stop());

beforeEach(async () => {
  connection = await connect({ servers: server.url });
});

afterEach(() => connection.close());

/** A channel of plain octets. It encodes into the memory that it is given, or into its own. */
function octets(isHot: boolean): Channel<Uint8Array> {
  return {
    subject: 'writer-test',
    keyOf: () => 'key',
    sizeOf: (pdu) => pdu.byteLength,
    encode: ([pdu], _epoch, allocate) => {
      if (!isHot || allocate === undefined) return pdu!.slice();
      const bytes = allocate(pdu!.byteLength);
      bytes.set(pdu!);
      return bytes;
    },
    decode: (bytes) => [bytes],
  };
}

/** The client without its internal interface for encoded commands. */
function plain(real: NatsConnection): NatsConnection {
  return {
    get info() {
      return real.info;
    },
    flush: () => real.flush(),
    publish: (subject: string, data: Uint8Array) => real.publish(subject, data),
  } as unknown as NatsConnection;
}

/**
 * Payloads of all sizes, 3 MB in all, so that slabs are reused. Each octet depends on its payload
 * and position.
 */
function payloads(): Uint8Array[] {
  return Array.from({ length: 200 }, (_, index) => {
    const bytes = new Uint8Array((index * 307) % 30_000);
    for (let at = 0; at < bytes.length; at++) bytes[at] = index * 31 + at;
    return bytes;
  });
}

describe.each([
  ['encoded straight into the memory that is sent', true, false],
  ['of a channel off the hot path', false, false],
  ['through a client that accepts only messages', true, true],
])('messages %s', (_name, isHot, isPlain) => {
  it('arrive as they were written, over many slabs and turns', async () => {
    const got: Uint8Array[] = [];
    connection.subscribe('writer-test.*', {
      callback: (_error, { data }) => void got.push(data.slice()),
    });
    const writer = new MessageWriter(isPlain ? plain(connection) : connection);
    const command = commandOf('writer-test.key');
    const sent = payloads();
    for (const [index, payload] of sent.entries()) {
      expect(writer.write(command, octets(isHot), [payload])).toHaveLength(payload.length);
      if (index % 7 !== 0) continue;
      writer.send();
      await new Promise(setImmediate);
    }
    writer.send();
    await until('all messages', () => got.length === sent.length);
    // toEqual() would compare 3 million octets one by one.
    expect(got.map((data, index) => Buffer.compare(data, sent[index]!))).toEqual(sent.map(() => 0));
    await until('all full slabs are confirmed', () => writer.inFlightOctets <= 256 * 1024);
  });
});

describe('MessageWriter', () => {
  it('keeps its messages in order with those that the client itself sends', async () => {
    const got: string[] = [];
    connection.subscribe('writer-test.*', {
      callback: (_error, { data }) => void got.push(new TextDecoder().decode(data)),
    });
    const writer = new MessageWriter(connection);
    writer.write(commandOf('writer-test.a'), octets(true), [new TextEncoder().encode('first')]);
    writer.send();
    connection.publish('writer-test.b', 'second');
    await until('both', () => got.length === 2);
    expect(got).toEqual(['first', 'second']);
  });

  it('writes nothing if the server would refuse the message, or if it cannot be encoded', async () => {
    const got: Uint8Array[] = [];
    connection.subscribe('writer-test.*', { callback: (_error, { data }) => void got.push(data) });
    const writer = new MessageWriter(connection);
    const command = commandOf('writer-test.key');
    expect(writer.write(command, octets(true), [new Uint8Array(2_000_000)])).toBe('too-large');
    const broken: Channel<Uint8Array> = {
      ...octets(true),
      encode: (_batch, _epoch, allocate) => {
        allocate!(100);
        throw new Error('no');
      },
    };
    expect(() => writer.write(command, broken, [new Uint8Array(1)])).toThrow('no');
    writer.write(command, octets(true), [Uint8Array.of(7)]);
    writer.send();
    await until('the good one', () => got.length === 1);
    expect([...got[0]!]).toEqual([7]);
  });
});
