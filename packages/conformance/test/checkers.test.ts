import { parseIpv4 } from '@strata/wire';
import {
  arp,
  checkFrame,
  checkPacket,
  checkSegment,
  ethernet,
  icmp,
  ipv4,
  PduCheckError,
  payload,
  tcp,
  udp,
} from '../src/checkers/index.ts';
import { CAPTURED } from './captured.ts';

const A = parseIpv4('192.0.2.1')!;
const B = parseIpv4('192.0.2.2')!;

function failure(check: () => void): string {
  try {
    check();
  } catch (error) {
    expect(error).toBeInstanceOf(PduCheckError);
    return (error as Error).message;
  }
  throw new Error('the check passed');
}

describe('PDU checkers', () => {
  it('pass what is as it should be, header by header', () => {
    checkFrame(
      CAPTURED.push,
      ethernet({ source: 0x020000000001, etherType: 0x0800 }),
      ipv4({ source: A, destination: B, protocol: 6, dontFragment: true }),
      tcp({ flags: 'P.', destinationPort: 7777, window: (window) => window > 0 }),
      payload('hello'),
    );
    checkFrame(CAPTURED.arpReply, ethernet(), arp({ operation: 2, targetAddress: A }));
    checkPacket(CAPTURED.udp.slice(14), ipv4(), udp({ destinationPort: 9 }), payload('hi\n'));
    checkPacket(
      CAPTURED.portUnreachable.slice(14),
      ipv4(),
      icmp({ type: 3, code: 3 }),
      ipv4(),
      udp(),
    );
    checkSegment(
      CAPTURED.syn.slice(34),
      { source: A, destination: B, protocol: 6 },
      tcp({
        flags: 'S',
        options: {
          windowScale: 10,
          mss: 1460,
          sackPermitted: true,
          timestamps: { value: 18155214, echo: 0 },
        },
      }),
      payload(0),
    );
  });

  it.each<[string, () => void, string]>([
    [
      'a field',
      () => checkFrame(CAPTURED.syn, ethernet({ etherType: 0x0806 })),
      'ethernet.etherType is 2048, not 2054',
    ],
    [
      'an address',
      () => checkPacket(CAPTURED.syn.slice(14), ipv4({ source: B })),
      'ipv4.source is 192.0.2.1, not 192.0.2.2',
    ],
    [
      'flags',
      () => checkFrame(CAPTURED.syn, ethernet(), ipv4(), tcp({ flags: 'S.' })),
      'tcp.flags is [S], not [S.]',
    ],
    [
      'options',
      () => checkFrame(CAPTURED.reset, ethernet(), ipv4(), tcp({ options: { mss: 1 } })),
      'tcp.options is {}, not {"mss":1}',
    ],
    [
      'a predicate',
      () => checkFrame(CAPTURED.syn, ethernet(), ipv4({ ttl: (ttl) => ttl < 2 })),
      'ipv4.ttl is 64, which will not do',
    ],
    [
      'another protocol',
      () => checkFrame(CAPTURED.syn, ethernet(), arp()),
      'arp cannot be read: bad type',
    ],
    [
      'the data',
      () => checkFrame(CAPTURED.push, ethernet(), ipv4(), tcp(), payload('hellO')),
      'payload differs at octet 4: 111, not 79',
    ],
    [
      'the length',
      () => checkFrame(CAPTURED.push, ethernet(), ipv4(), tcp(), payload(6)),
      'payload has 5 octets, not 6',
    ],
    [
      'more data',
      () => checkFrame(CAPTURED.push, ethernet(), ipv4(), tcp(), payload('hell')),
      'payload has 5 octets, not 4',
    ],
    [
      'the checksum state',
      () => checkFrame(CAPTURED.push, ethernet(), ipv4(), tcp({ checksum: 'partial' })),
      'tcp: partial checksum is not that of the pseudo-header',
    ],
  ])('tell what is wrong with %s, and read the PDU', (_name, check, message) => {
    const text = failure(check);
    expect(text).toContain(message);
    expect(text).toMatch(/\n {2}in: .*192\.0\.2\.1/);
  });

  it.each([
    ['ipv4', CAPTURED.udp, 22, 'ipv4: header checksum is wrong'],
    ['udp', CAPTURED.udp, 42, 'udp: checksum is wrong'],
    ['tcp', CAPTURED.push, 66, 'tcp: checksum is wrong'],
    ['icmp', CAPTURED.echoReply, 50, 'icmp: checksum is wrong'],
  ])('find a wrong checksum of %s', (name, frame, at, message) => {
    const bytes = frame.slice();
    bytes[at]! ^= 1;
    const inner = { ipv4: ipv4(), udp: udp(), tcp: tcp(), icmp: icmp() }[name]!;
    expect(failure(() => checkFrame(bytes, ethernet(), ipv4(), inner))).toContain(message);
  });

  it('let errors of the test itself through', () => {
    const wrong = () => {
      throw new TypeError('of the test');
    };
    expect(() => checkFrame(CAPTURED.syn, ethernet({ source: wrong }))).toThrow(TypeError);
  });
});
