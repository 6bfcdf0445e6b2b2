import { checkFrame, ethernet, ipv4, payload, tcp } from '@strata/conformance/checkers';
import {
  allocateWithHeadroom,
  ETHERTYPE_IPV4,
  emitEthernetHeader,
  emitIpv4Header,
  emitTcpHeader,
  emitTcpPartialChecksum,
  PROTOCOL_TCP,
} from '@strata/wire';
import { fitFrame, type LinkFrame, NO_OFFLOAD } from '../src/index.ts';
import { OWN, OWN_MAC, PEER, PEER_MAC } from './support.ts';

const CHECKSUM_ONLY = { checksum: true, segmentation: false };

/**
 * A TCP frame with that many octets of data and a partial checksum. The data from `tailFrom` on is
 * in its tail.
 */
function tcpFrame(dataOctets: number, segmentSize: number, tailFrom?: number): LinkFrame {
  const bytes = allocateWithHeadroom(54 + dataOctets);
  emitEthernetHeader(bytes, PEER_MAC, OWN_MAC, ETHERTYPE_IPV4);
  emitIpv4Header(bytes.subarray(14), {
    tos: 0,
    totalOctets: 40 + dataOctets,
    identification: 7,
    dontFragment: true,
    moreFragments: false,
    fragmentOffsetOctets: 0,
    ttl: 64,
    protocol: PROTOCOL_TCP,
    source: OWN,
    destination: PEER,
  });
  const segment = bytes.subarray(34);
  emitTcpHeader(segment, {
    sourcePort: 80,
    destinationPort: 1,
    sequence: 1_000,
    acknowledgment: 1,
    flags: 0x18,
    window: 1,
    urgentPointer: 0,
    options: {},
  });
  emitTcpPartialChecksum(segment, OWN, PEER);
  const rest = { interfaceIndex: 1, headroomOctets: 0, trace: undefined };
  const meta = { ...rest, segmentSize, checksum: 'partial' as const };
  if (tailFrom === undefined) return { ...meta, frame: bytes };
  return { ...meta, frame: bytes.subarray(0, tailFrom), tail: [bytes.subarray(tailFrom)] };
}

describe('fitFrame', () => {
  it.each([
    ['in the frame', undefined],
    ['elsewhere', 54],
  ])('cuts a super-segment for a station that takes none, its data %s', (_name, tailFrom) => {
    const parts = fitFrame(tcpFrame(2_921, 1_460, tailFrom), NO_OFFLOAD)!;
    [1_460, 1_460, 1].forEach((octets, index) => {
      const { frame, segmentSize, checksum, tail } = parts[index]!;
      expect({ segmentSize, checksum, tail }).toEqual({ segmentSize: 0, checksum: 'complete' });
      checkFrame(
        frame,
        ethernet({ source: OWN_MAC, destination: PEER_MAC }),
        ipv4({ identification: 7 + index }),
        tcp({ sequence: 1_000 + index * 1_460 }),
        payload(octets),
      );
    });
    expect(parts).toHaveLength(3);
    // IEEE 802.3 4.2.3.3: a short one is padded.
    expect(parts[2]!.frame.byteLength).toBe(60);
  });

  it('completes a partial checksum for a station that takes none', () => {
    const [whole, ...more] = fitFrame(tcpFrame(100, 0), NO_OFFLOAD)!;
    expect(more).toEqual([]);
    checkFrame(whole!.frame, ethernet(), ipv4(), tcp(), payload(100));
    expect(whole!.checksum).toBe('complete');
  });

  it.each([
    ['a super-segment', tcpFrame(3_000, 1_460), { checksum: true, segmentation: true }],
    ['a partial checksum', tcpFrame(100, 0), CHECKSUM_ONLY],
    ['a plain frame', { ...tcpFrame(100, 0), checksum: 'complete' as const }, NO_OFFLOAD],
  ])('leaves %s as it is if the station takes it', (_name, frame, takes) => {
    expect(fitFrame(frame, takes)).toEqual([frame]);
    expect(fitFrame(frame, takes)![0]).toBe(frame);
  });

  it.each([
    ['no IPv4', 12, 0x86],
    ['neither TCP nor UDP', 23, 1],
    ['cut short', 17, 255],
  ])('returns nothing for a frame that cannot be cut: %s', (_name, at, octet) => {
    const frame = tcpFrame(3_000, 1_460);
    frame.frame[at] = octet;
    expect(fitFrame(frame, NO_OFFLOAD)).toBeUndefined();
  });
});
