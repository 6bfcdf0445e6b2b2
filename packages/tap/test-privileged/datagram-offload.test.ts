import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { emitUdpPartialHeader, PROTOCOL_UDP, UDP_HEADER_OCTETS, UdpDatagram } from '@strata/wire';
import type { TapFrame } from '../src/index.ts';
import { cleanUp, openHere, requirePrivileges, runIn, until } from './kernel.ts';
import { HOST, PAYLOAD_START, STATION, Station } from './station.ts';

const SOURCE = fileURLToPath(new URL('send-segments.c', import.meta.url));
const ADDRESSES = ['192.0.2.1/24'];
const SEGMENT_OCTETS = 1200;
/** Ten full datagrams and a shorter one. */
const OCTETS = 10 * SEGMENT_OCTETS + 7;
const PATTERN = Uint8Array.from({ length: OCTETS }, (_, at) => (at * 7) % 251);

/**
 * Sends hello to port 9, then prints the length and the first octet of each of this many datagrams
 * received.
 */
const LISTEN = `
  const socket = require('node:dgram').createSocket('udp4');
  const came = [];
  socket.on('message', (message) => {
    came.push([message.length, message[0]]);
    if (came.length === 11) { console.log(JSON.stringify(came)); socket.close(); }
  });
  socket.send('hello', 9, '192.0.2.2');
`;

let folder: string;
let program: string;

beforeAll(() => {
  requirePrivileges();
  folder = mkdtempSync(join(tmpdir(), 'strata-tap-'));
  program = join(folder, 'send-segments');
  execFileSync('cc', ['-o', program, SOURCE]);
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(cleanUp);

/** The frames that the host sends to port 9. */
async function received(offload: boolean): Promise<{ meta: TapFrame; datagram: UdpDatagram }[]> {
  const device = openHere({ addresses: ADDRESSES, offload });
  const came: { meta: TapFrame; datagram: UdpDatagram }[] = [];
  new Station(device).onPacket = (packet, meta) => {
    const datagram = UdpDatagram.parse(packet.payload);
    if (datagram instanceof UdpDatagram) came.push({ meta, datagram });
  };
  const sizes = [`${OCTETS}`, `${SEGMENT_OCTETS}`];
  const { code } = await runIn(device.netns!, program, '192.0.2.2', '9', ...sizes);
  expect(code).toBe(0);
  const octets = () => came.reduce((sum, { datagram }) => sum + datagram.payload.byteLength, 0);
  await until('all octets', () => octets() === OCTETS);
  expect(Buffer.concat(came.map(({ datagram }) => datagram.payload))).toEqual(Buffer.from(PATTERN));
  return came;
}

describe('arrives whole with its segment size if offload is on', () => {
  it('comes whole with its segment size where there is offload', async () => {
    const came = await received(true);
    expect(came).toHaveLength(1);
    expect(came[0]!.meta).toMatchObject({
      segmentSize: SEGMENT_OCTETS,
      checksum: 'partial',
      checksumOffset: 6,
    });
  });

  it('arrives as its datagrams if offload is off', async () => {
    const came = await received(false);
    expect(came.map(({ datagram }) => datagram.payload.byteLength)).toEqual([
      ...new Array(10).fill(SEGMENT_OCTETS),
      7,
    ]);
    for (const { meta, datagram } of came) {
      expect(meta.segmentSize).toBe(0);
      expect(datagram.hasValidChecksum(HOST, STATION)).toBe(true);
    }
  });

  it('is accepted by the kernel, whose socket gets its datagrams', async () => {
    const device = openHere({ addresses: ADDRESSES, offload: true });
    expect(device.datagramOffload).toBe(true);
    const station = new Station(device);
    station.onPacket = (packet) => {
      const hello = UdpDatagram.parse(packet.payload);
      if (!(hello instanceof UdpDatagram)) return;
      const frame = station.ipv4(PROTOCOL_UDP, UDP_HEADER_OCTETS + OCTETS);
      const segment = frame.subarray(PAYLOAD_START);
      segment.set(PATTERN, UDP_HEADER_OCTETS);
      emitUdpPartialHeader(segment, STATION, HOST, 9, hello.sourcePort);
      station.send({ frame, segmentSize: SEGMENT_OCTETS, checksum: 'partial' });
    };
    const { output } = await runIn(device.netns!, process.execPath, '-e', LISTEN);
    const expected = Array.from({ length: 11 }, (_, index) => [
      index < 10 ? SEGMENT_OCTETS : 7,
      PATTERN[index * SEGMENT_OCTETS],
    ]);
    expect(JSON.parse(output)).toEqual(expected);
  });
});
