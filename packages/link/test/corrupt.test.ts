import { corruptFrame } from '../src/impairment/corrupt.ts';
import { seededRandom } from '../src/index.ts';
import { ethernetFrame, linkFrame, udpPacket } from './support.ts';

describe('The flipped bit', () => {
  it('may be any bit of the frame', () => {
    const random = seededRandom(3);
    const turned = new Uint8Array(60);
    for (let count = 0; count < 10_000; count += 1) {
      const { frame } = corruptFrame(linkFrame(new Uint8Array(60)), random);
      for (let at = 0; at < 60; at += 1) turned[at]! |= frame[at]!;
    }
    expect(turned).toEqual(new Uint8Array(60).fill(255));
  });
});

describe('Corruption of UDP', () => {
  const random = () => 0;

  it('completes the checksum first, if there is one', () => {
    const packet = udpPacket(100);
    const whole = ethernetFrame(packet);
    packet.fill(0x11, 26, 28);
    const out = corruptFrame(linkFrame(ethernetFrame(packet), { checksum: 'partial' }), random);
    // With this random source the bit is the first of the destination address.
    whole[0]! ^= 1;
    expect(out.frame).toEqual(whole);
  });

  it('completes nothing in a datagram without checksum, a fragment, or octets that are no packet', () => {
    const none = udpPacket(100).fill(0, 26, 28);
    const fragment = udpPacket(100).fill(0x20, 6, 7).fill(0x11, 26, 28);
    const broken = udpPacket(100).fill(0xff, 24, 28);
    for (const packet of [none, fragment, broken, new Uint8Array(3)]) {
      const frame = ethernetFrame(packet);
      const out = corruptFrame(linkFrame(frame, { checksum: 'verified' }), random);
      frame[0]! ^= 1;
      expect(out.frame).toEqual(frame);
    }
  });
});
