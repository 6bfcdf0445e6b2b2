import { TCP_ACK, TCP_CWR } from '@strata/wire';
import type { TapOutFrame } from '../src/frame.ts';
import { describeFrame, isPlain, plainHeader } from '../src/frame-header.ts';
import { tcpFrame, udpFrame } from './frames.ts';

function describeOrFail(out: TapOutFrame): ReturnType<typeof plainHeader> {
  const header = plainHeader();
  expect(describeFrame(out, header)).toBe(true);
  return header;
}

const NO_GSO = { gsoType: 0, gsoSize: 0, headerOctets: 0 };

describe('isPlain', () => {
  it('is true for a frame that requests nothing, and for a verified one', () => {
    const frame = tcpFrame(10);
    expect(isPlain({ frame })).toBe(true);
    expect(isPlain({ frame, segmentSize: 0, checksum: 'verified' })).toBe(true);
    expect(isPlain({ frame, segmentSize: 1448 })).toBe(false);
    expect(isPlain({ frame, checksum: 'partial' })).toBe(false);
  });
});

describe('describeFrame', () => {
  it('finds the checksum of TCP and of UDP over IPv4', () => {
    expect(describeOrFail({ frame: tcpFrame(10), checksum: 'partial' })).toEqual({
      ...NO_GSO,
      flags: 1,
      checksumStart: 34,
      checksumOffset: 16,
    });
    expect(describeOrFail({ frame: udpFrame(10), checksum: 'partial' })).toEqual({
      ...NO_GSO,
      flags: 1,
      checksumStart: 34,
      checksumOffset: 6,
    });
  });

  it('takes the place of the checksum from the caller if given, whatever the frame is', () => {
    const frame = new Uint8Array(200);
    const out = { frame, checksum: 'partial', checksumStart: 54, checksumOffset: 6 } as const;
    expect(describeOrFail(out)).toMatchObject({ checksumStart: 54, checksumOffset: 6 });
  });

  it('gives a TCP super-frame the octets of its headers', () => {
    const out = { frame: tcpFrame(5000), segmentSize: 1460, checksum: 'partial' } as const;
    expect(describeOrFail(out)).toEqual({
      flags: 1,
      gsoType: 1,
      gsoSize: 1460,
      headerOctets: 54,
      checksumStart: 34,
      checksumOffset: 16,
    });
  });

  it('marks a TCP super-frame with CWR so that only its first segment has it (RFC 3168 6.1.2)', () => {
    const frame = tcpFrame(5000, TCP_ACK | TCP_CWR);
    const header = describeOrFail({ frame, segmentSize: 1460, checksum: 'partial' });
    expect(header.gsoType).toBe(0x81);
  });

  it('describes a UDP super-frame', () => {
    const out = { frame: udpFrame(5000), segmentSize: 1472, checksum: 'partial' } as const;
    expect(describeOrFail(out)).toMatchObject({ gsoType: 5, gsoSize: 1472, headerOctets: 42 });
  });

  it('does not change the checksum of a complete super-frame', () => {
    const out = { frame: tcpFrame(5000), segmentSize: 1460, checksum: 'complete' } as const;
    expect(describeOrFail(out)).toMatchObject({ flags: 0, checksumStart: 0, checksumOffset: 0 });
  });

  it('takes a frame of headers alone as one segment', () => {
    const out = { frame: tcpFrame(0), segmentSize: 1460, checksum: 'partial' } as const;
    expect(describeOrFail(out)).toMatchObject({ ...NO_GSO, flags: 1 });
  });

  it('does not keep the requests of the previous frame', () => {
    const header = plainHeader();
    describeFrame({ frame: tcpFrame(5000), segmentSize: 1460, checksum: 'partial' }, header);
    describeFrame({ frame: udpFrame(10), checksum: 'partial' }, header);
    expect(header).toEqual({ ...NO_GSO, flags: 1, checksumStart: 34, checksumOffset: 6 });
  });

  it.each([
    ['no IPv4', new Uint8Array(100)],
    ['shorter than its headers', tcpFrame(0).subarray(0, 50)],
    ['too short for IPv4', tcpFrame(0).subarray(0, 20)],
    ['a later fragment', udpFrame(100, 1480)],
  ])('finds no place for a checksum in a frame that is %s', (_, frame) => {
    expect(describeFrame({ frame, checksum: 'partial' }, plainHeader())).toBe(false);
  });
});
