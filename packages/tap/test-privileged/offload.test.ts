import { createHash } from 'node:crypto';
import { checksumAdd, checksumFold, PROTOCOL_TCP, PROTOCOL_UDP } from '@strata/wire';
import type { TapDevice, TapFrame } from '../src/index.ts';
import { cleanUp, openHere, requirePrivileges, runIn, until } from './kernel.ts';
import { Station } from './station.ts';
import { TcpPeer } from './tcp-peer.ts';

beforeAll(requirePrivileges);
afterEach(cleanUp);

const ADDRESSES = ['192.0.2.1/24'];
const UPLOAD_OCTETS = 1 << 20;

/**
 * Sends 1 MiB of a pattern to port 80, then reads to the end and prints the length and SHA-256 of
 * the data received.
 */
const CLIENT = `
  const hash = require('node:crypto').createHash('sha256');
  const bytes = Buffer.from(Array.from({ length: ${UPLOAD_OCTETS} }, (_, index) => index % 251));
  const socket = require('node:net').connect(80, '192.0.2.2', () => socket.end(bytes));
  let length = 0;
  socket.on('data', (part) => { length += part.length; hash.update(part); });
  socket.on('end', () => console.log(length, hash.digest('hex')));
`;

const sha256 = (parts: readonly Uint8Array[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/**
 * The host uploads 1 MiB and downloads `download`; both arrive unchanged. Returns the TCP frames
 * with data.
 */
async function exchange(device: TapDevice, download: Uint8Array, parts = 0): Promise<TapFrame[]> {
  const station = new Station(device);
  const peer = new TcpPeer(station);
  const client = runIn(device.netns!, process.execPath, '-e', CLIENT);
  await until('the upload is here', () => peer.finished);
  peer.sendSuperFrame(download, parts);
  const { output } = await client;
  expect(output).toBe(`${download.byteLength} ${sha256([download])}\n`);
  const uploaded = Uint8Array.from({ length: UPLOAD_OCTETS }, (_, index) => index % 251);
  expect(sha256(peer.data)).toBe(sha256([uploaded]));
  return station.received
    .filter(({ frame }) => frame[23] === PROTOCOL_TCP && frame.byteLength > 100)
    .map(({ meta }) => meta);
}

const DOWNLOAD = Uint8Array.from({ length: 60_000 }, (_, index) => (index * 7) % 253);

describe('offload on', () => {
  it('delivers TCP super-frames with their segment size, and accepts them', async () => {
    const device = openHere({ addresses: ADDRESSES, offload: true });
    expect(device.offload).toBe(true);
    const frames = await exchange(device, DOWNLOAD);
    const large = frames.filter(({ frame }) => frame.byteLength > 1514);
    expect(large.length).toBeGreaterThan(5);
    for (const { segmentSize, checksum, checksumStart, checksumOffset } of large) {
      expect(segmentSize).toBe(1460);
      expect({ checksum, checksumStart, checksumOffset }).toEqual({
        checksum: 'partial',
        checksumStart: 34,
        checksumOffset: 16,
      });
    }
  });

  // More than 63 parts are copied together first.
  it.each([1, 2, 63, 200])(
    'accepts a super-frame whose data is in %d other buffers',
    async (parts) => {
      await exchange(openHere({ addresses: ADDRESSES, offload: true }), DOWNLOAD, parts);
    },
  );

  it('delivers partial checksums, which hold the sum of the pseudo-header', async () => {
    const device = openHere({ addresses: ADDRESSES, offload: true });
    const station = new Station(device);
    const send = `const socket = require('node:dgram').createSocket('udp4');
      socket.send('abc', 9, '192.0.2.2', () => socket.close());`;
    await runIn(device.netns!, process.execPath, '-e', send);
    const udp = () => station.received.find(({ frame }) => frame[23] === PROTOCOL_UDP);
    await until('the datagram is here', () => udp() !== undefined);
    const { frame, meta } = udp()!;
    expect(meta).toMatchObject({ checksum: 'partial', checksumStart: 34, checksumOffset: 6 });
    const addresses = frame.subarray(26, 34);
    const pseudoHeader = checksumFold(checksumAdd(addresses, PROTOCOL_UDP + 11));
    expect((frame[40]! << 8) | frame[41]!).toBe(pseudoHeader);
  });
});

describe('offload off', () => {
  it('delivers frames of at most the MTU with complete checksums, and still accepts super-frames', async () => {
    const device = openHere({ addresses: ADDRESSES });
    const frames = await exchange(device, DOWNLOAD);
    expect(Math.max(...frames.map(({ frame }) => frame.byteLength))).toBe(1514);
    for (const { segmentSize, checksum } of frames) {
      expect(segmentSize).toBe(0);
      expect(checksum).not.toBe('partial');
    }
  });
});

describe('setOffload', () => {
  it('works while the device is open', async () => {
    const device = openHere({ addresses: ADDRESSES });
    const longest = async () =>
      Math.max(...(await exchange(device, DOWNLOAD)).map(({ frame }) => frame.byteLength));
    device.setOffload(true);
    expect(await longest()).toBeGreaterThan(1514);
    device.setOffload(false);
    expect(device.offload).toBe(false);
    expect(await longest()).toBe(1514);
  });

  it('can leave only partial checksums to us, without super-frames', async () => {
    const device = openHere({ addresses: ADDRESSES });
    device.setOffload({ checksum: true, segmentation: false });
    const frames = await exchange(device, DOWNLOAD);
    expect(Math.max(...frames.map(({ frame }) => frame.byteLength))).toBe(1514);
    expect(new Set(frames.map(({ checksum }) => checksum))).toEqual(new Set(['partial']));
    expect(device.offload).toBe(false);
  });

  it('refuses super-frames without partial checksums, as the kernel does', () => {
    const device = openHere();
    const wanted = { checksum: false, segmentation: true };
    expect(() => device.setOffload(wanted)).toThrow(/segmentation needs checksum/);
  });
});
