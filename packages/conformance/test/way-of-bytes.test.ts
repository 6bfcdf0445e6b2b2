import { LinkCore, type LinkFrame } from '@strata/link';
import { NetworkCore } from '@strata/network';
import { ADDRESS_A, ADDRESS_B, established, SeededRandom } from '@strata/simulator';
import { type Allocate, createAllocate } from '@strata/wire';

const PEER_MAC = 0x02000000000a;
const INTERFACE = { index: 1, name: 'eth0', mtu: 1500 };
const ADDRESSES = [{ address: ADDRESS_B, prefixLength: 24 }];

/** The cores of a host, with a connection on which the peer takes 64 KiB at once. */
function host(offload: boolean, allocate?: Allocate) {
  const random = new SeededRandom(1).next;
  const peer = established({ maxPduOctets: 65_000, sysctl: { tcp_tso_win_divisor: 0 } });
  const network = new NetworkCore(
    { interfaces: [{ ...INTERFACE, addresses: ADDRESSES }], routes: [] },
    random,
    allocate,
  );
  const link = new LinkCore(
    {
      interfaces: [
        {
          ...INTERFACE,
          mac: 0x02000000000b,
          addresses: ADDRESSES,
          offload: { checksum: offload, segmentation: offload },
          staticNeighbours: [{ address: ADDRESS_A, mac: PEER_MAC }],
        },
      ],
    },
    random,
    allocate,
  );
  return { peer, network, link };
}

/**
 * What the link core gives to the device for data that the application writes, 14,600 octets: the
 * initial window.
 */
function framesOf(data: Uint8Array, offload: boolean, allocate?: Allocate): LinkFrame[] {
  const { peer, network, link } = host(offload, allocate);
  const { core, socket, nowMs } = peer;
  const frames: LinkFrame[] = [];
  core.handleRequest({ kind: 'send', socket, offset: 0, data, push: true }, nowMs);
  for (let down = core.pollNetworkRequest(); down; down = core.pollNetworkRequest()) {
    network.handleRequest(down, nowMs);
  }
  for (let down = network.pollLinkRequest(); down; down = network.pollLinkRequest()) {
    link.handleRequest(down, nowMs);
  }
  for (let frame = link.pollFrame(); frame; frame = link.pollFrame()) {
    if (frame.segmentSize > 0 || frame.frame.byteLength > 100) frames.push(frame);
  }
  return frames;
}

describe('The way of 14,600 octets from the application to the device', () => {
  const data = Uint8Array.from({ length: 14_600 }, (_, index) => index % 251);

  it('has no copy where the device takes super-segments: the views are over the memory of the application', () => {
    const [frame, ...more] = framesOf(data, true);
    expect(more).toEqual([]);
    expect(frame).toMatchObject({ segmentSize: 1460, checksum: 'partial' });
    expect(frame!.tail!.map(({ buffer }) => buffer)).toEqual([data.buffer]);
    expect(Buffer.concat(frame!.tail!)).toEqual(Buffer.from(data));
    // The headers of Ethernet, IPv4 and TCP, written in place.
    expect(frame!.frame.byteLength).toBe(54);
  });

  it('has one buffer for all headers: each layer writes into the headroom that transport left', () => {
    const [frame] = framesOf(data, true);
    const { buffer, byteOffset } = frame!.frame;
    const small = new Uint8Array(buffer, byteOffset - frame!.headroomOctets, 96 + 20);
    expect(small.byteLength).toBe(frame!.headroomOctets + 54);
  });

  it('has one copy, into the segments, where the device takes none', () => {
    const frames = framesOf(data, false);
    expect(frames).toHaveLength(10);
    // They lie in one piece of memory, which is not the application's.
    expect(new Set(frames.map(({ frame }) => frame.buffer)).size).toBe(1);
    expect(frames[0]!.frame.buffer).not.toBe(data.buffer);
    const sent = Buffer.concat(frames.map(({ frame }) => frame.subarray(54)));
    expect(sent).toEqual(Buffer.from(data));
  });

  it('says how long its headers are, so that nobody below parses them again', () => {
    const [frame] = framesOf(data, true);
    expect(frame!.headerOctets).toBe(frame!.frame.byteLength);
  });

  it.each([true, false])('sends nothing that its memory held before; offload: %s', (offload) => {
    const used = createAllocate((octets) => new Uint8Array(octets).fill(0xaa).buffer);
    const bytesOf = (frames: LinkFrame[]) =>
      frames.map(({ frame, tail = [] }) => Buffer.concat([frame, ...tail]).toString('hex'));
    expect(bytesOf(framesOf(data, offload, used))).toEqual(bytesOf(framesOf(data, offload)));
  });
});
