import { type Ipv4Packet, ipv4Address, PROTOCOL_UDP, UdpDatagram } from '@strata/wire';
import {
  cleanUp,
  freshName,
  ip,
  openHere,
  requirePrivileges,
  runChild,
  runIn,
  sendDatagrams,
  until,
} from './kernel.ts';
import { PAYLOAD_START, Station } from './station.ts';

beforeAll(requirePrivileges);
afterEach(cleanUp);

const ADDRESSES = ['192.0.2.1/24'];

function datagramOf(packet: Ipv4Packet): UdpDatagram {
  const datagram = UdpDatagram.parse(packet.payload);
  if (typeof datagram === 'string') throw new Error(`UDP: ${datagram}`);
  return datagram;
}

/**
 * Sends five pings at once, and waits 10 s for the last answer. Once ping has had an answer only
 * the interval limits its wait: -W counts before the first answer, and while the kernel returns
 * ENOBUFS because large pings that wait for ARP fill its socket.
 */
function fivePings(octets: number): string[] {
  return ['ping', '-c', '5', '-l', '5', '-i', '10', '-s', `${octets}`];
}

describe.each([
  ['with the virtio header', { virtioHeader: true }],
  ['without the virtio header', { virtioHeader: false }],
  ['with several queues', { queues: 4 }],
  ['one frame at a time', { batchFrames: 1 }],
])('frames %s', (_, options) => {
  it('answer ping and ARP of the host, small and large', async () => {
    const device = openHere({ addresses: ADDRESSES, mtu: 9000, ...options });
    new Station(device);
    for (const octets of [0, 56, 8900]) {
      const { output } = await runIn(device.netns!, ...fivePings(octets), '192.0.2.2');
      expect(output).toContain(' 0% packet loss');
    }
    const { rxFrames, txFrames, rxBytes, rxErrors, txErrors, txDropped } = device.counters();
    expect(rxFrames).toBeGreaterThanOrEqual(16);
    expect(txFrames).toBeGreaterThanOrEqual(16);
    expect(rxBytes).toBeGreaterThan(5 * 8900);
    expect({ rxErrors, txErrors, txDropped }).toEqual({ rxErrors: 0, txErrors: 0, txDropped: 0 });
  });

  it('keep their bytes as long as they are held, through many slabs', async () => {
    const device = openHere({ addresses: ADDRESSES, backlogFrames: 10_000, ...options });
    const station = new Station(device);
    const held: { datagram: UdpDatagram; copy: Uint8Array }[] = [];
    station.onPacket = (packet) => {
      if (packet.protocol !== PROTOCOL_UDP) return;
      const datagram = datagramOf(packet);
      held.push({ datagram, copy: datagram.bytes.slice() });
    };
    const { code } = await sendDatagrams(device, 4000, 1400, 4);
    expect(code).toBe(0);
    await until('all datagrams are here', () => held.length === 4000);
    expect(held.every(({ datagram, copy }) => Buffer.compare(datagram.bytes, copy) === 0)).toBe(
      true,
    );
    const numbers = new Set(
      held.map(({ datagram }) => Buffer.from(datagram.payload).readUInt32BE()),
    );
    expect(numbers.size).toBe(4000);
    expect(
      held.every(({ datagram }) =>
        datagram.hasValidChecksum(ipv4Address(0xc0000201), ipv4Address(0xc0000202)),
      ),
    ).toBe(true);
  });
});

describe('frames', () => {
  it('start so that the octets after the Ethernet header are aligned to 8', async () => {
    for (const virtioHeader of [true, false]) {
      const device = openHere({ addresses: ADDRESSES, virtioHeader });
      const station = new Station(device);
      await runIn(device.netns!, 'ping', '-c', '3', '-i', '0.01', '-s', '57', '192.0.2.2');
      const starts = station.received.map(({ meta }) => (meta.frame.byteOffset + 14) % 8);
      expect(starts.length).toBeGreaterThanOrEqual(4);
      expect(starts.every((start) => start === 0)).toBe(true);
    }
  });

  it('of one flow arrive in order; several queues share the flows', async () => {
    const device = openHere({ addresses: ADDRESSES, queues: 4, backlogFrames: 10_000 });
    const station = new Station(device);
    const lastOfPort = new Map<number, number>();
    let count = 0;
    let disordered = 0;
    station.onPacket = (packet) => {
      if (packet.protocol !== PROTOCOL_UDP) return;
      const datagram = datagramOf(packet);
      const number = Buffer.from(datagram.payload).readUInt32BE();
      if (number < (lastOfPort.get(datagram.sourcePort) ?? -1)) disordered++;
      lastOfPort.set(datagram.sourcePort, number);
      count++;
    };
    await sendDatagrams(device, 2000, 100, 40);
    await until('all datagrams are here', () => count === 2000);
    expect(disordered).toBe(0);
    expect(new Set(station.received.map(({ queue }) => queue)).size).toBeGreaterThan(1);
  });

  it('arrive in batches, none longer than batchFrames', async () => {
    const device = openHere({ addresses: ADDRESSES, batchFrames: 16, backlogFrames: 5000 });
    const station = new Station(device);
    device.pause();
    await sendDatagrams(device, 100, 100, 1);
    const sizes: number[] = [];
    device.onFrames((batch) => sizes.push(batch.length));
    await until('all datagrams are here', () => sizes.reduce((sum, size) => sum + size, 0) >= 100);
    expect(Math.max(...sizes)).toBe(16);
    expect(station.received.length).toBeLessThan(100);
  });

  it('wait for a handler, also if reading starts before there is one', async () => {
    const device = openHere({ addresses: ADDRESSES });
    device.resume();
    await sendDatagrams(device, 10, 100, 1);
    expect(device.counters().rxFrames).toBe(0);
    let count = 0;
    device.onFrames((batch) => {
      count += batch.length;
    });
    await until('all datagrams are here', () => count >= 10);
  });

  it('wait in a limited queue while reading is paused; the newest are dropped and counted (L4)', async () => {
    const device = openHere({ addresses: ADDRESSES, backlogFrames: 100 });
    const station = new Station(device);
    device.pause();
    const before = station.received.length;
    const numbers: number[] = [];
    station.onPacket = (packet) => {
      if (packet.protocol === PROTOCOL_UDP)
        numbers.push(Buffer.from(datagramOf(packet).payload).readUInt32BE());
    };
    await sendDatagrams(device, 300, 100, 1);
    expect(station.received).toHaveLength(before);
    device.resume();
    const kept = () => numbers.length;
    await until('all are read or dropped', () => kept() + device.counters().rxDropped === 300);
    // The kernel frees the places of the frames read before a little later.
    expect(kept()).toBeGreaterThan(80);
    expect(kept()).toBeLessThanOrEqual(100);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => index));
  });

  it('are dropped and counted while the interface is down, without an exception', () => {
    const device = openHere({ up: false });
    const frames = [{ frame: new Uint8Array(60) }, { frame: new Uint8Array(60) }];
    expect(device.write(frames)).toBe(2);
    expect(device.counters()).toMatchObject({ txFrames: 0, txDropped: 2, txErrors: 0 });
  });

  it('refused by the kernel are counted as errors, and the others are sent', () => {
    const device = openHere();
    const frame = new Uint8Array(60).fill(0xff, 0, 6);
    expect(device.write([{ frame }, { frame: frame.subarray(0, 5) }, { frame }])).toBe(3);
    expect(device.counters()).toMatchObject({ txFrames: 2, txBytes: 120, txErrors: 1 });
    expect(() => device.write([{ frame }], 1)).toThrow(/queues 0 to 0/);
  });

  it('reach a program on the host', async () => {
    const device = openHere({ addresses: ADDRESSES });
    const station = new Station(device);
    const receive = `require('node:dgram').createSocket('udp4').bind(7777, function () {
      this.send('here', 9, '192.0.2.2');
    }).on('message', function (bytes) { console.log(bytes.toString()); this.close(); });`;
    station.onPacket = (packet) => {
      if (packet.protocol !== PROTOCOL_UDP) return;
      const text = Buffer.from('from the other end');
      const frame = station.ipv4(PROTOCOL_UDP, 8 + text.byteLength);
      const datagram = Buffer.from(frame.buffer, PAYLOAD_START);
      datagram.writeUInt16BE(9, 0);
      datagram.writeUInt16BE(7777, 2);
      datagram.writeUInt16BE(8 + text.byteLength, 4);
      datagram.set(text, 8);
      station.send({ frame });
    };
    const { output } = await runIn(device.netns!, process.execPath, '-e', receive);
    expect(output).toBe('from the other end\n');
  });
});

describe('the handler', () => {
  it('may close the device', async () => {
    const device = openHere({ addresses: ADDRESSES });
    let calls = 0;
    device.onFrames(() => {
      calls++;
      device.close();
    });
    const netns = device.netns!;
    void runIn(netns, 'ping', '-c', '3', '-i', '0.01', '-W', '1', '192.0.2.2');
    await until('called', () => calls > 0);
    expect(() => ip(netns, 'link')).toThrow();
    await new Promise((resolve) => setImmediate(resolve));
    expect(calls).toBe(1);
  });

  it('that throws causes uncaughtException', () => {
    const { output } = runChild([], 'throw-in-handler', {
      netns: freshName(),
      addresses: ADDRESSES,
      up: false,
    });
    expect(output).toBe('from the handler\n');
  });

  it('may transfer the memory of a frame', async () => {
    const device = openHere({ addresses: ADDRESSES });
    const sizes: number[] = [];
    device.onFrames((batch) => {
      const { frame } = batch[0]!;
      const copy = structuredClone(frame, { transfer: [frame.buffer as ArrayBuffer] });
      sizes.push(copy.byteLength);
    });
    await runIn(device.netns!, 'ping', '-c', '4', '-i', '0.2', '-W', '1', '192.0.2.2');
    await until('several batches', () => sizes.length >= 2);
    expect(sizes.every((size) => size === 42)).toBe(true);
  });
});
