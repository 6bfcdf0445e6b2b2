/**
 * Values outside the ranges that the .proto files give, as another implementation might send them.
 */
import {
  type Channel,
  linkGroupsChannel,
  linkIndicationChannel,
  linkRequestChannel,
  networkIndicationChannel,
  networkRequestChannel,
  transportIndicationChannel,
  transportRequestChannel,
  wireChannel,
} from '@strata/contract';
import { strata } from '../src/gen/strata.js';

const { v1 } = strata;
type Fields = Record<string, unknown>;

/** How to build a message of one PDU. `path` leads to the nested message whose fields are set. */
function messages(
  channel: Channel<unknown>,
  batch: { encode(message: object): { finish(): Uint8Array } },
  path: string | undefined,
  valid: Fields,
  around: Fields = {},
) {
  return (fields: Fields) => {
    const message = { ...valid, ...fields };
    const pdu = path === undefined ? message : { ...around, [path]: message };
    return () => channel.decode(batch.encode({ pdus: [pdu] }).finish());
  };
}

const any = <Pdu>(channel: Channel<Pdu>) => channel as Channel<unknown>;
const linkRequests = any(linkRequestChannel('s'));
const linkIndications = any(linkIndicationChannel('s'));
const networkRequests = any(networkRequestChannel('s'));
const networkIndications = any(networkIndicationChannel('s'));
const requests = any(transportRequestChannel('s'));
const indications = any(transportIndicationChannel('s'));
const ENVELOPE = { endpoint: 'a', socket: 1 };
const LINK = { interfaceIndex: 1, etherType: 0x0800 };
const HEADER = new Uint8Array(20);
const trace = (ids: number, spans: number, flags = 0) => ({
  trace: { traceId: new Uint8Array(ids), parentSpanId: new Uint8Array(spans), flags },
});
const LONG_SEGMENTS = { segmentSize: 65_496 };
const NO_SUCH_CHECKSUM = { checksum: 3 };
const HEADERS = [{ header: new Uint8Array(19) }, { header: new Uint8Array(61) }];

const CASES: readonly [string, (fields: Fields) => () => unknown, readonly Fields[]][] = [
  [
    'LinkRequest',
    messages(linkRequests, v1.LinkRequestBatch, undefined, LINK),
    [
      { interfaceIndex: 0 },
      { etherType: 0x05ff },
      { etherType: 0x10000 },
      { cast: 3 },
      LONG_SEGMENTS,
      NO_SUCH_CHECKSUM,
      trace(15, 8),
      trace(0, 8),
      trace(16, 9),
      trace(16, 8, 256),
    ],
  ],
  [
    'LinkPacketIndication',
    messages(linkIndications, v1.LinkIndicationBatch, 'packet', LINK),
    [
      { interfaceIndex: 0 },
      { etherType: 0x05ff },
      { sourceMac: 2 ** 48 },
      { cast: 3 },
      LONG_SEGMENTS,
      NO_SUCH_CHECKSUM,
    ],
  ],
  [
    'LinkUnreachableIndication',
    messages(linkIndications, v1.LinkIndicationBatch, 'unreachable', { interfaceIndex: 1 }),
    [{ interfaceIndex: 0 }],
  ],
  [
    'NetworkSendRequest',
    messages(networkRequests, v1.NetworkRequestBatch, 'send', {}),
    [{ protocol: 256 }, { ttl: 256 }, { tos: 256 }, LONG_SEGMENTS, NO_SUCH_CHECKSUM],
  ],
  [
    'NetworkRejectRequest',
    messages(networkRequests, v1.NetworkRequestBatch, 'reject', { header: HEADER }),
    [{ code: 3 }, { cast: 3 }, ...HEADERS, { header: null }],
  ],
  [
    'NetworkPathMtuRequest',
    messages(networkRequests, v1.NetworkRequestBatch, 'pathMtu', {}),
    [{ mtu: 65_536 }, { protocol: 256 }],
  ],
  [
    'NetworkGroupRequest',
    messages(networkRequests, v1.NetworkRequestBatch, 'group', {}),
    [{ mode: 2 }],
  ],
  [
    'LinkGroups',
    messages(any(linkGroupsChannel('s')), v1.LinkGroupsBatch, undefined, { interfaceIndex: 1 }),
    [{ interfaceIndex: 0 }],
  ],
  [
    'NetworkSegmentIndication',
    messages(networkIndications, v1.NetworkIndicationBatch, 'segment', {}),
    [
      { protocol: 256 },
      { ttl: 256 },
      { tos: 256 },
      { cast: 3 },
      LONG_SEGMENTS,
      NO_SUCH_CHECKSUM,
      ...HEADERS,
    ],
  ],
  [
    'NetworkErrorIndication',
    messages(networkIndications, v1.NetworkIndicationBatch, 'error', {}),
    [{ type: 256 }, { code: 256 }, { mtu: 65_536 }, { protocol: 256 }],
  ],
  [
    'WireFrame',
    messages(any(wireChannel('w')), v1.WireFrameBatch, undefined, { sourcePort: 'a' }),
    [{ sourcePort: 'a.b' }, LONG_SEGMENTS, NO_SUCH_CHECKSUM],
  ],
  [
    'TransportRequest',
    messages(requests, v1.TransportRequestBatch, undefined, ENVELOPE),
    [{ socket: 0 }, { endpoint: 'a b' }, { endpoint: 'a'.repeat(65) }],
  ],
  [
    'SendDatagram',
    messages(requests, v1.TransportRequestBatch, 'datagram', {}, ENVELOPE),
    [
      { ttl: 0 },
      { ttl: 256 },
      { segmentSize: 0 },
      LONG_SEGMENTS,
      { remote: { address: 1, port: 65_536 } },
    ],
  ],
  [
    'TcpSocketOptions',
    messages(requests, v1.TransportRequestBatch, 'setOptions', {}, ENVELOPE),
    [
      { tos: 256 },
      { ttl: 0 },
      { keepAliveProbes: 128 },
      { synRetries: 0 },
      { maxPacingRateOctetsPerSecond: 0 },
    ].map((options) => ({ options })),
  ],
  [
    'TransportIndication',
    messages(indications, v1.TransportIndicationBatch, undefined, ENVELOPE),
    [{ socket: 0 }, { endpoint: 'a b' }],
  ],
  [
    'Datagram',
    messages(indications, v1.TransportIndicationBatch, 'datagram', {}, ENVELOPE),
    [{ ttl: 256 }, { local: { port: 65_536 } }],
  ],
  [
    'Urgent',
    messages(indications, v1.TransportIndicationBatch, 'urgent', {}, ENVELOPE),
    [{ octet: 256 }],
  ],
];

describe.each(CASES)('%s', (_, message, faults) => {
  it('is read if all values are in range', () => {
    expect(message({})()).toHaveLength(1);
  });

  it.each(faults.map((fault) => [JSON.stringify(fault), fault] as const))(
    'is refused with %s',
    (_name, fault) => {
      expect(message(fault)).toThrow(
        expect.objectContaining({ name: 'ContractError', code: 'CONTRACT_RANGE' }),
      );
    },
  );
});

describe('a message', () => {
  it.each([
    ['a TransportRequest without endpoint', requests, v1.TransportRequestBatch, { socket: 1 }],
    ['a WireFrame without source_port', any(wireChannel('w')), v1.WireFrameBatch, {}],
    ['a request of no known kind', networkRequests, v1.NetworkRequestBatch, {}],
    ['an indication of no known kind', linkIndications, v1.LinkIndicationBatch, {}],
  ] as const)('that is %s is refused', (what, channel, batch, pdu) => {
    const bytes = batch.encode({ pdus: [pdu] }).finish();
    expect(() => channel.decode(bytes)).toThrow(
      expect.objectContaining({ code: 'CONTRACT_DECODE', message: expect.stringContaining(what) }),
    );
  });

  it('with text that is not UTF-8 is refused', () => {
    const pdus = [{ ...ENVELOPE, closed: { detail: 'xyz' } }];
    const bytes = Buffer.from(v1.TransportIndicationBatch.encode({ pdus }).finish());
    bytes[bytes.indexOf('xyz')] = 0xff;
    expect(() => indications.decode(bytes)).toThrow(/not UTF-8/);
  });

  it('with an unknown reason is read as aborted', () => {
    const pdus = [{ ...ENVELOPE, closed: { reason: 99 } }];
    const bytes = v1.TransportIndicationBatch.encode({ pdus }).finish();
    expect(indications.decode(bytes)).toMatchObject([{ body: { reason: 'aborted' } }]);
  });
});
