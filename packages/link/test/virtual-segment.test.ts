import { BROADCAST_MAC, multicastMac } from '@strata/wire';
import { LinkError, VirtualSegment } from '../src/index.ts';
import { ethernetFrame, ip } from './support.ts';

const [A, B, C] = [0x02000000000a, 0x02000000000b, 0x02000000000c];

function segment(fcs = false): VirtualSegment {
  const made = new VirtualSegment({ fcs });
  made.attach({ name: 'a', mac: A });
  made.attach({ name: 'b', mac: B });
  made.attach({ name: 'c', mac: C });
  return made;
}

function frameTo(destination: number): Uint8Array {
  return ethernetFrame(new Uint8Array(46), destination, 0x0800, A);
}

describe('VirtualSegment', () => {
  it.each<[string, number, string[]]>([
    ['to one station goes to its port', B, ['b']],
    ['to all goes to every other port', BROADCAST_MAC, ['b', 'c']],
    ['to a group goes to every other port', multicastMac(ip('224.0.0.1')), ['b', 'c']],
    ['to an unknown station goes nowhere', 0x0200000000ff, []],
    ['to its own sender goes nowhere', A, []],
  ])('a frame %s', (_name, destination, ports) => {
    const wire = segment();
    expect(wire.deliver('a', frameTo(destination))).toEqual(ports);
    expect(wire.counters()).toMatchObject({
      frames: 1,
      octets: 60,
      undeliverable: ports.length === 0 ? 1 : 0,
    });
  });

  it('lets a promiscuous port hear everything but its own', () => {
    const wire = segment();
    wire.attach({ name: 'bridge', mac: 0x0200000000bb, promiscuous: true });
    expect(wire.deliver('a', frameTo(B))).toEqual(['b', 'bridge']);
    expect(wire.deliver('a', frameTo(0x0200000000ff))).toEqual(['bridge']);
    expect(wire.deliver('bridge', frameTo(B))).toEqual(['b']);
  });

  it('has two stations with one address both hear, as a hub does', () => {
    const wire = segment();
    wire.attach({ name: 'b2', mac: B });
    expect(wire.deliver('a', frameTo(B))).toEqual(['b', 'b2']);
  });

  it('forgets a port that is detached', () => {
    const wire = segment();
    expect(wire.detach('b')).toBe(true);
    expect(wire.detach('b')).toBe(false);
    expect(wire.deliver('a', frameTo(B))).toEqual([]);
    expect(wire.ports().map(({ name }) => name)).toEqual(['a', 'c']);
  });

  it('drops what has no whole header', () => {
    expect(segment().deliver('a', frameTo(B).subarray(0, 13))).toEqual([]);
  });

  it('refuses a name twice, and a group as a station', () => {
    const wire = segment();
    expect(() => wire.attach({ name: 'a', mac: 1 })).toThrow(LinkError);
    expect(() => wire.attach({ name: 'd', mac: BROADCAST_MAC })).toThrow(LinkError);
  });

  it('carries frames as they are where it has no frame check sequence', () => {
    const wire = segment();
    const frame = frameTo(B);
    expect(wire.toWire(frame)).toBe(frame);
    expect(wire.fromWire(frame)).toBe(frame);
  });

  it('adds, verifies and removes the frame check sequence where it has one, and counts bad frames', () => {
    const wire = segment(true);
    const frame = frameTo(B);
    const octets = wire.toWire(frame);
    expect(octets.byteLength).toBe(64);
    expect(wire.deliver('a', octets)).toEqual(['b']);
    expect(wire.fromWire(octets)).toEqual(frame);
    octets[30]! ^= 4;
    expect(wire.fromWire(octets)).toBeUndefined();
    expect(wire.counters().crc_errors).toBe(1);
  });
});
