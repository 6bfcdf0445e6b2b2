import fc from 'fast-check';
import {
  emitVirtioNetHeader,
  VIRTIO_NET_GSO_TCPV4,
  VIRTIO_NET_HEADER_OCTETS,
  VIRTIO_NET_NEEDS_CSUM,
  VirtioNetHeader,
} from '../src/virtio-net-header.ts';

/**
 * Captured: the header of Linux 6.18 before a TCP super-frame of 21,954 octets with an MSS of
 * 1,460.
 */
const FROM_KERNEL = Uint8Array.from([1, 1, 54, 0, 0xb4, 0x05, 34, 0, 16, 0]);

function parsed(bytes: Uint8Array, offset = 0): VirtioNetHeader {
  const header = VirtioNetHeader.parse(bytes, offset);
  if (header === 'truncated') throw new Error('expected a header');
  return header;
}

describe('VirtioNetHeader', () => {
  it('reads the fields in little-endian order', () => {
    const header = parsed(FROM_KERNEL);
    expect(header.flags).toBe(VIRTIO_NET_NEEDS_CSUM);
    expect(header.gsoType).toBe(VIRTIO_NET_GSO_TCPV4);
    expect(header.headerOctets).toBe(54);
    expect(header.gsoSize).toBe(1460);
    expect(header.checksumStart).toBe(34);
    expect(header.checksumOffset).toBe(16);
  });

  it('is truncated below 10 octets, and at the end of the buffer', () => {
    expect(VirtioNetHeader.parse(FROM_KERNEL.subarray(0, 9))).toBe('truncated');
    expect(VirtioNetHeader.parse(FROM_KERNEL, 1)).toBe('truncated');
  });

  it('moves along a buffer, and stays in place if there is no room', () => {
    const bytes = new Uint8Array(20);
    bytes.set(FROM_KERNEL, 10);
    const header = parsed(bytes);
    expect(header.gsoSize).toBe(0);
    expect(header.moveTo(bytes, 10)).toBe(true);
    expect(header.gsoSize).toBe(1460);
    expect(header.moveTo(bytes, 11)).toBe(false);
    expect(header.gsoSize).toBe(1460);
  });

  it('reads back the written values, at any place, and changes no other octet', () => {
    const uint16 = fc.integer({ min: 0, max: 0xffff });
    const uint8 = fc.integer({ min: 0, max: 0xff });
    const fields = fc.record({
      flags: uint8,
      gsoType: uint8,
      headerOctets: uint16,
      gsoSize: uint16,
      checksumStart: uint16,
      checksumOffset: uint16,
    });
    fc.assert(
      fc.property(fields, fc.integer({ min: 0, max: 30 }), (expected, offset) => {
        const bytes = new Uint8Array(40).fill(0x5a);
        emitVirtioNetHeader(bytes, offset, expected);
        const header = parsed(bytes, offset);
        for (const key of Object.keys(expected) as (keyof typeof expected)[])
          expect(header[key]).toBe(expected[key]);
        bytes.fill(0x5a, offset, offset + VIRTIO_NET_HEADER_OCTETS);
        expect(bytes.every((octet) => octet === 0x5a)).toBe(true);
      }),
    );
  });
});
