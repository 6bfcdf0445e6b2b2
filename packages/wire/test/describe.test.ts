import fc from 'fast-check';
import {
  describeArp,
  describeFrame,
  describeFrameOffload,
  describePacket,
  describePacketOffload,
  describeSegment,
  describeSegmentOffload,
  emitArp,
  ipv4Address,
  parseIpv4,
} from '../src/index.ts';
import { CAPTURED } from './captured.ts';
import { damaged, fromHex } from './support.ts';

const A_TO_B = '02:00:00:00:00:01 > 02:00:00:00:00:02 ';
const B_TO_A = '02:00:00:00:00:02 > 02:00:00:00:00:01 ';

describe('describeFrame', () => {
  // What `tcpdump -neS` prints for the same octets, behind the addresses.
  it.each([
    [
      'arpRequest',
      '02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff ARP, Request who-has 192.0.2.2 tell 192.0.2.1',
    ],
    ['arpReply', `${B_TO_A}ARP, Reply 192.0.2.2 is-at 02:00:00:00:00:02`],
    [
      'echoRequest',
      `${A_TO_B}IPv4, 192.0.2.1 > 192.0.2.2: ICMP echo request, id 31181, seq 1, length 64`,
    ],
    [
      'echoReply',
      `${B_TO_A}IPv4, 192.0.2.2 > 192.0.2.1: ICMP echo reply, id 31181, seq 1, length 64`,
    ],
    [
      'syn',
      `${A_TO_B}IPv4, 192.0.2.1.45012 > 192.0.2.2.7777: Flags [S], seq 579032633, win 64240, options [mss 1460,sackOK,TS val 18155214 ecr 0,nop,wscale 10], length 0`,
    ],
    [
      'synAck',
      `${B_TO_A}IPv4, 192.0.2.2.7777 > 192.0.2.1.45012: Flags [S.], seq 1531114114, ack 579032634, win 65160, options [mss 1460,sackOK,TS val 3238756140 ecr 18155214,nop,wscale 10], length 0`,
    ],
    [
      'push',
      `${A_TO_B}IPv4, 192.0.2.1.45012 > 192.0.2.2.7777: Flags [P.], seq 579032634:579032639, ack 1531114115, win 63, options [nop,nop,TS val 18155214 ecr 3238756140], length 5`,
    ],
    [
      'fin',
      `${A_TO_B}IPv4, 192.0.2.1.45012 > 192.0.2.2.7777: Flags [F.], seq 579032639, ack 1531114115, win 63, options [nop,nop,TS val 18155214 ecr 3238756140], length 0`,
    ],
    [
      'reset',
      `${B_TO_A}IPv4, 192.0.2.2.9 > 192.0.2.1.58534: Flags [R.], seq 0, ack 1732959814, win 0, length 0`,
    ],
    ['udp', `${A_TO_B}IPv4, 192.0.2.1.45014 > 192.0.2.2.9: UDP, length 3`],
    ['lastFragment', `${A_TO_B}IPv4, 192.0.2.1 > 192.0.2.2: ICMP (frag 63320:48@2960)`],
    [
      'portUnreachable',
      `${B_TO_A}IPv4, 192.0.2.2 > 192.0.2.1: ICMP port unreachable, length 39, about (192.0.2.1.45014 > 192.0.2.2.9: UDP, length 3)`,
    ],
    [
      'netUnreachable',
      `${B_TO_A}IPv4, 192.0.2.2 > 192.0.2.1: ICMP net unreachable, length 92, about (192.0.2.1 > 198.51.100.1: ICMP echo request, id 31827, seq 1, length 64)`,
    ],
  ] as const)('reads %s as tcpdump does', (name, reading) => {
    expect(describeFrame(CAPTURED[name])).toBe(reading);
  });

  it('reads frames of other types and 802.3 lengths', () => {
    const frame = CAPTURED.arpRequest.slice();
    frame.set([0x86, 0xdd], 12);
    expect(describeFrame(frame)).toBe(
      '02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff ethertype 0x86dd, length 28',
    );
    frame.set([0x00, 0x26], 12);
    expect(describeFrame(frame)).toBe('02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff 802.3, length 38');
  });

  it('marks missing octets, wherever the frame ends', () => {
    expect(describeFrame(new Uint8Array(13))).toBe('Ethernet [truncated]');
    for (const [name, frame] of Object.entries(CAPTURED)) {
      for (let octets = 0; octets < frame.byteLength; octets += 1) {
        const reading = describeFrame(frame.slice(0, octets));
        if (!reading.includes('[truncated]')) throw new Error(`${name} of ${octets}: ${reading}`);
      }
      expect(describeFrame(frame)).not.toContain('[truncated]');
    }
  });
});

describe('describeArp', () => {
  it.each([
    [1, '192.0.2.1', '192.0.2.1', 'Announcement 192.0.2.1'],
    [1, '0.0.0.0', '192.0.2.1', 'Probe 192.0.2.1'],
    [9, '192.0.2.1', '192.0.2.2', 'operation 9 192.0.2.1 > 192.0.2.2'],
  ])('reads operation %i from %s about %s', (operation, sender, target, reading) => {
    const bytes = new Uint8Array(28);
    emitArp(bytes, {
      operation,
      senderMac: 1,
      senderAddress: parseIpv4(sender)!,
      targetMac: 0,
      targetAddress: parseIpv4(target)!,
    });
    expect(describeArp(bytes)).toBe(reading);
    expect(describeArp(bytes.slice(0, 27))).toBe('[truncated]');
  });
});

describe('describePacket', () => {
  const packet = CAPTURED.syn.subarray(14);

  it('reports a wrong header checksum', () => {
    const bytes = packet.slice();
    bytes[8]! -= 1;
    expect(describePacket(bytes)).toMatch(/ length 0 \[bad header checksum\]$/);
  });

  it.each([
    [0, 0x65, 'IPv4 [bad version 6]'],
    [0, 0x44, 'IPv4 [bad header length 16]'],
    [3, 19, 'IPv4 [bad total length 19]'],
  ])('names what is wrong in octet %i', (at, octet, reading) => {
    const bytes = packet.slice();
    bytes[at] = octet;
    expect(describePacket(bytes)).toBe(reading);
  });

  it('shows which fragment of a packet it is', () => {
    const bytes = CAPTURED.udp.slice(14);
    bytes.set([0x20, 0x00], 6);
    expect(describePacket(bytes)).toContain('192.0.2.1.45014 > 192.0.2.2.9: UDP, length 3 (frag ');
    expect(describePacket(bytes)).toMatch(/:11@0\+\)/);
  });

  it('prints the number of a protocol that it does not decode', () => {
    const bytes = packet.slice();
    bytes[9] = 89;
    expect(describePacket(bytes)).toContain('192.0.2.1 > 192.0.2.2: ip-proto-89, length 40');
  });
});

describe('describeSegment', () => {
  it('works without addresses', () => {
    expect(describeSegment(17, CAPTURED.udp.subarray(34))).toBe('45014 > 9: UDP, length 3');
    expect(describeSegment(6, CAPTURED.reset.subarray(34, 54))).toMatch(
      /^9 > 58534: Flags \[R\.\], seq 0/,
    );
    expect(describeSegment(1, CAPTURED.echoRequest.subarray(34))).toMatch(
      /^ICMP echo request, id /,
    );
  });

  it.each([
    [
      'fragmentation needed',
      '0304000000000578',
      'ICMP unreachable - need to frag (mtu 1400), length 8',
    ],
    ['a redirect', '05010000c0000209', 'ICMP redirect to host 192.0.2.9, length 8'],
    ['time exceeded', '0b00000000000000', 'ICMP time exceeded in-transit, length 8'],
    ['reassembly time exceeded', '0b01000000000000', 'ICMP ip reassembly time exceeded, length 8'],
    ['a parameter problem', '0c00000014000000', 'ICMP parameter problem - octet 20, length 8'],
    ['source quench', '0400000000000000', 'ICMP source quench, length 8'],
    ['another type', '0d00000000000000', 'ICMP type-#13, code 0, length 8'],
  ])('reads %s', (_name, hex, reading) => {
    expect(describeSegment(1, fromHex(hex)).replace(', about (IPv4 [truncated])', '')).toBe(
      reading,
    );
  });

  it('reads each flag and unknown, broken and SACK options', () => {
    const header = '0001 0002 00000001 00000002 f0ff 0001 0000 0003';
    const options =
      '0502 fe04abcd 0512 00000001 00000002 00000003 00000004 01 04ff 00000000000000000000000000';
    expect(describeSegment(6, fromHex(header + options))).toBe(
      '1 > 2: Flags [FSRP.UEW], seq 1, ack 2, win 1, urg 3, ' +
        'options [unknown-5,unknown-254 0xabcd,sack 2 {1:2}{3:4},nop,[bad option 4]], length 0',
    );
    expect(
      describeSegment(6, fromHex(`0001 0002 00000001 00000002 5000 0001 0000 0000`)),
    ).toContain('Flags [none]');
  });

  it('never throws, for any octets of any protocol', () => {
    const frames = Object.values(CAPTURED);
    fc.assert(
      fc.property(
        damaged(frames),
        fc.constantFrom(0, 14, 34),
        fc.nat(255),
        (bytes, skip, protocol) => {
          const part = bytes.subarray(skip);
          for (const reading of [
            describeFrame(part),
            describePacket(part),
            describeArp(part),
            describeSegment(protocol, part),
            describeSegment(1 + (protocol % 2) * 5, part, ipv4Address(1), ipv4Address(2)),
          ]) {
            expect(reading).not.toMatch(/undefined|NaN|\n/);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('describeFrameOffload', () => {
  const complete = { segmentSize: 0, checksum: 'complete' } as const;
  const superSegment = { segmentSize: 1448, checksum: 'partial' } as const;

  /** The captured segment as if it had that many octets of data. */
  const withData = (octets: number) => {
    const frame = CAPTURED.syn.slice();
    const headersOctets = frame.byteLength - 14;
    frame[16] = (headersOctets + octets) >>> 8;
    frame[17] = headersOctets + octets;
    return frame;
  };

  it('is empty for a frame as on a wire, or a verified one', () => {
    expect(describeFrameOffload(CAPTURED.syn, complete)).toBe('');
    expect(describeFrameOffload(CAPTURED.syn, { ...complete, checksum: 'verified' })).toBe('');
  });

  it.each([
    [63_712, 'GSO 1448 x 44, checksum partial'],
    [1449, 'GSO 1448 x 2, checksum partial'],
    [0, 'GSO 1448 x 1, checksum partial'],
  ])('counts the segments of %d octets by the headers alone', (octets, text) => {
    const frame = withData(octets);
    expect(describeFrameOffload(frame, superSegment)).toBe(text);
    expect(describePacketOffload(frame.subarray(14), superSegment)).toBe(text);
    const segment = frame.subarray(34);
    const whole = segment.byteLength + octets;
    expect(describeSegmentOffload(6, segment, whole, superSegment)).toBe(text);
  });

  it('counts the datagrams of a super-datagram, whose header has 8 octets', () => {
    const header = new Uint8Array(8);
    const text = 'GSO 1448 x 3, checksum partial';
    expect(describeSegmentOffload(17, header, 8 + 2 * 1448 + 1, superSegment)).toBe(text);
    expect(describeSegmentOffload(17, header, 8 + 3 * 1448, superSegment)).toBe(text);
  });

  it('does not count segments that it cannot read', () => {
    for (const frame of [CAPTURED.arpRequest, CAPTURED.syn.subarray(0, 40), new Uint8Array(3)]) {
      expect(describeFrameOffload(frame, superSegment)).toBe('GSO 1448 x ?, checksum partial');
    }
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        describeFrameOffload(bytes, superSegment);
        describePacketOffload(bytes, superSegment);
        describeSegmentOffload(6, bytes, 9000, superSegment);
      }),
    );
  });
});
