import {
  type Channel,
  ContractError,
  captureChannel,
  linkGroupsChannel,
  linkIndicationChannel,
  linkRequestChannel,
  networkIndicationChannel,
  networkRequestChannel,
  transportIndicationChannel,
  transportRequestChannel,
  wireChannel,
} from '@strata/contract';
import fc from 'fast-check';
import * as arbitrary from './arbitraries.ts';
import { reference } from './reference.ts';

interface Case<Pdu> {
  readonly name: string;
  readonly channel: Channel<Pdu>;
  readonly pdu: fc.Arbitrary<Pdu>;
  readonly encode: (batch: readonly Pdu[], epoch: number) => Uint8Array;
  /** Whether its batches have an epoch. */
  readonly epochs: boolean;
}

const one = <Pdu>(
  name: string,
  channel: Channel<Pdu>,
  pdu: fc.Arbitrary<Pdu>,
  encode: (batch: readonly Pdu[], epoch: number) => Uint8Array,
  epochs = true,
) => ({ name, channel, pdu, encode, epochs }) as unknown as Case<unknown>;

const CASES = [
  one('LinkRequest', linkRequestChannel('s'), arbitrary.linkRequest, reference.linkRequest),
  one(
    'LinkIndication',
    linkIndicationChannel('s'),
    arbitrary.linkIndication,
    reference.linkIndication,
  ),
  one(
    'NetworkRequest',
    networkRequestChannel('s'),
    arbitrary.networkRequest,
    reference.networkRequest,
  ),
  one(
    'NetworkIndication',
    networkIndicationChannel('s'),
    arbitrary.networkIndication,
    reference.networkIndication,
  ),
  one('LinkGroups', linkGroupsChannel('s'), arbitrary.linkGroups, reference.linkGroups),
  one('WireFrame', wireChannel('s'), arbitrary.wireFrame, reference.wireFrame, false),
  one(
    'TransportRequest',
    transportRequestChannel('s'),
    arbitrary.transportRequest,
    reference.transportRequest,
  ),
  one(
    'TransportIndication',
    transportIndicationChannel('s'),
    arbitrary.transportIndication,
    reference.transportIndication,
  ),
];

const batchOf = (pdu: fc.Arbitrary<unknown>) => fc.array(pdu, { minLength: 1, maxLength: 5 });
const epoch = fc.constantFrom(0, 1, 2 ** 40, 2 ** 53 - 1);
const RUNS = { numRuns: 500 };

/** A decoded PDU without its headroom, which depends on the message. */
function withoutHeadroom(pdu: unknown): unknown {
  return typeof pdu === 'object' && pdu !== null && 'headroomOctets' in pdu
    ? { ...pdu, headroomOctets: 0 }
    : pdu;
}

/** The result of decoding the bytes: PDUs, or ContractError. Any other exception fails the test. */
function outcome(channel: Channel<unknown>, bytes: Uint8Array): unknown[] | ContractError {
  try {
    return channel.decode(bytes);
  } catch (error) {
    if (error instanceof ContractError) return error;
    throw error;
  }
}

describe.each(CASES)('the codec of $name', ({ channel, pdu, encode, epochs }) => {
  it('writes what protobufjs writes, byte for byte', () => {
    fc.assert(
      fc.property(batchOf(pdu), epochs ? epoch : fc.constant(0), (batch, number) => {
        const bytes = channel.encode(batch, number);
        expect(Buffer.from(bytes).equals(encode(batch, number))).toBe(true);
        if (epochs) expect(channel.claims!.epochOf(bytes)).toBe(number);
      }),
      RUNS,
    );
  });

  it('reads what protobufjs writes', () => {
    fc.assert(
      fc.property(batchOf(pdu), epochs ? epoch : fc.constant(0), (batch, number) => {
        // As NATS delivers it: inside a larger Buffer.
        const message = Buffer.concat([Buffer.alloc(3), encode(batch, number), Buffer.alloc(3)]);
        const decoded = channel.decode(message.subarray(3, -3));
        expect(decoded.map(withoutHeadroom)).toEqual(batch);
      }),
      RUNS,
    );
  });

  it('gives plain Uint8Arrays that alias the message', () => {
    fc.assert(
      fc.property(pdu, (only) => {
        const message = Buffer.from(channel.encode([only]));
        const bytes = bytesIn(channel.decode(message)[0]);
        for (const { name, value } of bytes) {
          expect(value.constructor).toBe(Uint8Array);
          if (value.byteLength > 0 && !/trace|parent/i.test(name)) {
            expect(value.buffer).toBe(message.buffer);
          }
        }
      }),
    );
  });

  it('throws only ContractError for a message that is cut short or changed', () => {
    fc.assert(
      fc.property(batchOf(pdu), fc.nat(), fc.nat(), fc.nat(255), (batch, cut, at, octet) => {
        const bytes = Uint8Array.from(channel.encode(batch));
        outcome(channel, bytes.subarray(0, cut % bytes.byteLength));
        bytes[at % bytes.byteLength] = octet;
        outcome(channel, bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it('throws only ContractError for random octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        outcome(channel, bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it('skips unknown fields of every wire type', () => {
    fc.assert(
      fc.property(pdu, (only) => {
        const known = Uint8Array.from(channel.encode([only]));
        const message = Buffer.concat([UNKNOWN, withUnknown(known), UNKNOWN]);
        expect(channel.decode(message).map(withoutHeadroom)).toEqual([only]);
      }),
      RUNS,
    );
  });

  it('refuses a batch without PDUs', () => {
    expect(() => channel.decode(new Uint8Array(0))).toThrow(ContractError);
  });

  it('encodes messages that later ones do not change', () => {
    const [first, second] = fc.sample(pdu, { numRuns: 2, seed: 1 });
    const bytes = channel.encode([first]);
    const before = Buffer.from(bytes);
    for (let count = 0; count < 100; count++) channel.encode([second, first]);
    expect(Buffer.from(bytes).equals(before)).toBe(true);
  });

  it('clones a PDU, so that writes to one do not change the other', () => {
    fc.assert(
      fc.property(pdu, (only) => {
        const expected = structuredClone(only);
        const copy = channel.clone!(only);
        expect(copy).toEqual(expected);
        for (const { name, value } of bytesIn(copy)) {
          // Nobody writes to trace contexts.
          if (!/trace|parent/i.test(name)) value.fill(0xee);
        }
        expect(only).toEqual(expected);
      }),
    );
  });
});

/**
 * Fields 2000 to 2004: varint of ten octets, 64 bits, bytes, a group with a field in it, 32 bits.
 */
const UNKNOWN = Buffer.from(
  '807d ffffffffffffffffff01 897d 0102030405060708 927d 03010203 9b7d 0805 9c7d a57d 01020304'.replaceAll(
    ' ',
    '',
  ),
  'hex',
);

/** The message of one PDU, with unknown fields at the PDU's start and end. */
function withUnknown(message: Uint8Array): Buffer {
  let lengthOctets = 1;
  while (message[lengthOctets]! >= 0x80) lengthOctets += 1;
  const inner = Buffer.concat([UNKNOWN, message.subarray(1 + lengthOctets), UNKNOWN]);
  const length: number[] = [];
  let rest = inner.byteLength;
  for (; rest > 0x7f; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  length.push(rest);
  return Buffer.concat([Buffer.from([0x0a, ...length]), inner]);
}

/** All byte fields in a value, by name. */
function bytesIn(value: unknown, name = ''): { name: string; value: Uint8Array }[] {
  if (value instanceof Uint8Array) return [{ name, value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([field, inner]) => bytesIn(inner, field));
}

describe('captured frames, through protobufjs', () => {
  it('are decoded as they were encoded', () => {
    const channel = captureChannel('s');
    fc.assert(
      fc.property(fc.array(arbitrary.capturedFrame, { minLength: 1, maxLength: 5 }), (batch) => {
        expect(channel.decode(channel.encode(batch))).toEqual(batch);
      }),
      RUNS,
    );
  });
});
