import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { MemoryBus } from '@strata/bus';
import { validateConfig } from '@strata/runtime/config';
import { BROADCAST_MAC } from '@strata/wire';
import { SILENT, UdpBridge, WirePort } from '../src/index.ts';
import { frame, superFrame, textOf } from './support/frames.ts';
import { until } from './support/until.ts';

const A = 0x02000000000a;
const B = 0x02000000000b;
const C = 0x02000000000c;

const stops: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** A socket on a free port of loopback, for a program that is no bridge. */
async function bindSocket(): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  stops.push(() => socket.close());
  return socket;
}

/** A wire of its own bus with the station `mac`, joined by UDP to `peerPort`. */
async function joinedWire(mac: number, peerPort: number, port = 0) {
  const bus = new MemoryBus();
  stops.push(() => bus.close());
  const listen = `127.0.0.1:${port}`;
  const { wires } = validateConfig(
    {
      wires: { lan: { mtu: 600, udp: { listen, peer: `127.0.0.1:${peerPort}` } } },
      stacks: { a: { interfaces: [{ wire: 'lan', addresses: ['192.0.2.1/24'] }] } },
    },
    'the test',
  );
  const config = wires['lan']!;
  const common = { bus, wire: 'lan', log: SILENT };
  const bridge = await UdpBridge.open({ ...common, config, udp: config.udp! });
  stops.push(() => bridge.stop());
  const station = new WirePort({
    ...common,
    name: 'eth0',
    interfaceIndex: 1,
    mac,
    mtu: config.mtu,
    offload: true,
    fcs: undefined,
  });
  stops.push(() => station.close());
  const heard: string[] = [];
  station.onFrames((frames) => heard.push(...frames.map(textOf)));
  return { bridge, station, heard };
}

describe('UdpBridge', () => {
  it('joins the wires of two processes', async () => {
    const [one, two] = [await bindSocket(), await bindSocket()];
    const [left, right] = [one.address().port, two.address().port];
    for (const socket of [one, two]) socket.close();
    stops.length = 0;
    const a = await joinedWire(A, right, left);
    const b = await joinedWire(B, left, right);
    a.station.send([frame(BROADCAST_MAC, A, 'who has b'), frame(B, A, 'to b')]);
    await until('b has heard', () => b.heard.length === 2);
    b.station.send([frame(A, B, 'to a')]);
    await until('a has heard', () => a.heard.length === 1);
    expect([a.heard, b.heard]).toEqual([['to a'], ['who has b', 'to b']]);
    expect(a.bridge.counters()).toMatchObject({ tx_frames: 2, rx_frames: 1 });
  });

  it('sends one frame a datagram, from its destination address on', async () => {
    const peer = await bindSocket();
    const { station } = await joinedWire(A, peer.address().port);
    const sent = frame(B, A, 'hello');
    const wanted = Buffer.from(sent.frame);
    station.send([sent]);
    const [datagram] = await once(peer, 'message');
    expect(Buffer.from(datagram)).toEqual(wanted);
  });

  it('cuts super-segments up', async () => {
    const peer = await bindSocket();
    const { station } = await joinedWire(A, peer.address().port);
    const lengths: number[] = [];
    peer.on('message', (datagram) => lengths.push(datagram.byteLength));
    station.send([superFrame(B, 1000, 400)]);
    await until('all parts are there', () => lengths.length === 3);
    expect(lengths).toEqual([454, 454, 254]);
  });

  it('refuses and counts what others than its peer send, and what is no frame of the wire', async () => {
    const [peer, stranger] = [await bindSocket(), await bindSocket()];
    const { bridge, heard } = await joinedWire(A, peer.address().port);
    const { port } = bridge.address;
    const good = (text: string) => frame(A, B, text).frame;
    stranger.send(good('from a stranger'), port, '127.0.0.1');
    await until('the stranger is counted', () => bridge.counters()['rx_foreign'] === 1);
    peer.send(good('short').subarray(0, 13), port, '127.0.0.1');
    peer.send(Buffer.alloc(615), port, '127.0.0.1');
    peer.send(good('right'), port, '127.0.0.1');
    await until('the frame is there', () => heard.length === 1);
    expect(heard).toEqual(['right']);
    expect(bridge.counters()).toMatchObject({ rx_foreign: 1, rx_length_errors: 2, rx_frames: 1 });
  });

  it('sends no frame to a station that it has heard on the wire', async () => {
    const peer = await bindSocket();
    const { station } = await joinedWire(A, peer.address().port);
    const texts: string[] = [];
    peer.on('message', (datagram) => texts.push(datagram.subarray(14).toString()));
    // C is on the wire: it has sent.
    station.send([frame(BROADCAST_MAC, C, 'i am c'), frame(C, A, 'to c'), frame(B, A, 'to b')]);
    await until('the last is there', () => texts.some((text) => text.startsWith('to b')));
    expect(texts.map((text) => text.slice(0, 6))).toEqual(['i am c', 'to b']);
  });

  it('says where it cannot listen', async () => {
    const peer = await bindSocket();
    const { port } = peer.address();
    await expect(joinedWire(A, 9, port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
