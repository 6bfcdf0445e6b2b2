import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { MemoryBus } from '@strata/bus';
import type { LinkFrame } from '@strata/link';
import { openTap } from '@strata/tap';
import {
  ARP_OCTETS,
  ARP_REPLY,
  ETHERTYPE_ARP,
  emitArp,
  emitEthernetHeader,
  hasValidTransportChecksum,
  ipv4Address,
  isParseError,
  parseArp,
  readUint16,
} from '@strata/wire';
import { defaultConfig } from '../src/config/index.ts';
import { SILENT, TapBridge, TapPort, WirePort, withNetns } from '../src/index.ts';
import { superDatagram, superFrame } from '../test/support/frames.ts';
import { until } from '../test/support/until.ts';

const STATION = ipv4Address(0xc0000207);
const STATION_MAC = 0x020000000707;
const run = promisify(execFile);

/** node -e THIS ADDRESS COUNT: sends COUNT small datagrams as fast as possible. */
const SEND_DATAGRAMS = `
  const [address, count] = process.argv.slice(1);
  const socket = require('node:dgram').createSocket('udp4');
  let left = Number(count);
  const next = () => (left-- > 0 ? socket.send('x', 9, address, next) : socket.close());
  next();
`;

/** Answers ARP for 192.0.2.7. */
function answerArp(frames: readonly LinkFrame[]): LinkFrame[] {
  const answers: LinkFrame[] = [];
  for (const frame of frames) {
    if (readUint16(frame.frame, 12) !== ETHERTYPE_ARP) continue;
    const arp = parseArp(frame.frame.subarray(14));
    if (isParseError(arp) || arp.targetAddress !== STATION) continue;
    const bytes = new Uint8Array(14 + ARP_OCTETS);
    emitEthernetHeader(bytes, arp.senderMac, STATION_MAC, ETHERTYPE_ARP);
    emitArp(bytes.subarray(14), {
      operation: ARP_REPLY,
      senderMac: STATION_MAC,
      senderAddress: STATION,
      targetMac: arp.senderMac,
      targetAddress: arp.senderAddress,
    });
    answers.push({ ...frame, frame: bytes, headroomOctets: 0 });
  }
  return answers;
}

/**
 * Makes devices report what they report on a kernel before 6.2. Returns a function that undoes it.
 */
function refuseDatagrams(): () => void {
  const device = openTap();
  device.close();
  const prototype = Object.getPrototypeOf(device);
  const own = Object.getOwnPropertyDescriptor(prototype, 'datagramOffload')!;
  Object.defineProperty(prototype, 'datagramOffload', { ...own, get: () => false });
  return () => void Object.defineProperty(prototype, 'datagramOffload', own);
}

describe('A TAP device of a stack', () => {
  let netns: string;
  const closers: (() => void | Promise<void>)[] = [];

  beforeEach(() => {
    netns = `strata-rt-${process.pid}-${Math.floor(Math.random() * 1e6)}`;
  });

  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
    expect(existsSync(`/run/netns/${netns}`)).toBe(false);
  });

  const tapOf = () => withNetns(defaultConfig(), netns).wires['lan']!.tap!;
  const neighbours = () => execFileSync('ip', ['-n', netns, 'neigh'], { encoding: 'utf8' });
  /** The ping gets no answer. The test only needs the kernel's ARP request for the address. */
  const ping = () =>
    run('ip', ['netns', 'exec', netns, 'ping', '-c', '1', '-W', '1', '192.0.2.7']).catch(() => 0);

  it('gives the host its address in the namespace, and takes its frames', async () => {
    const port = new TapPort({
      tap: tapOf(),
      field: 'wires.lan.tap',
      interfaceIndex: 3,
      log: SILENT,
    });
    closers.push(() => port.close());
    const indexes = new Set<number>();
    port.onFrames((frames) => {
      for (const { interfaceIndex } of frames) indexes.add(interfaceIndex);
      port.send(answerArp(frames));
    });
    await ping();
    expect(neighbours()).toMatch(/192\.0\.2\.7 dev strata0 lladdr 02:00:00:00:07:07/);
    expect(indexes).toEqual(new Set([3]));
    expect(port.counters().txFrames).toBe(1);
    expect(port.counters().rxFrames).toBeGreaterThanOrEqual(2);
    expect([port.mtu, port.netns, port.isPresent]).toEqual([1500, netns, true]);
  });

  it('cuts super-segments up if the kernel takes none', async () => {
    for (const [offload, frames] of [
      [false, 3],
      [true, 1],
    ] as const) {
      const tap = { ...tapOf(), name: `tap${offload}`, offload };
      const port = new TapPort({ tap, field: 'wires.lan.tap', interfaceIndex: 1, log: SILENT });
      port.send([superFrame(port.hostMac, 3000, 1460)]);
      expect(port.features.sent.segmentation).toBe(offload);
      expect(port.counters()).toMatchObject({ txFrames: frames, txDropped: 0 });
      port.close();
    }
  });

  it('sends according to its switches from the next frame on', () => {
    const port = new TapPort({
      tap: tapOf(),
      field: 'wires.lan.tap',
      interfaceIndex: 1,
      log: SILENT,
    });
    closers.push(() => port.close());
    const sent = () => {
      const before = port.counters().txFrames;
      port.send([superFrame(port.hostMac, 3000, 1460)]);
      return port.counters().txFrames - before;
    };
    expect(sent()).toBe(1);
    port.features.set([['tso', false]]);
    expect(sent()).toBe(3);
    port.features.set([
      ['tso', true],
      ['tx', false],
    ]);
    expect(sent()).toBe(3);
    port.features.set([['tx', true]]);
    expect(sent()).toBe(1);
    expect(port.counters().txDropped).toBe(0);
  });

  it('makes the kernel send according to its switches, and accepts frames queued before', async () => {
    const port = new TapPort({
      tap: tapOf(),
      field: 'wires.lan.tap',
      interfaceIndex: 1,
      log: SILENT,
    });
    closers.push(() => port.close());
    const mac = ['lladdr', '02:00:00:00:07:07', 'dev', 'strata0'];
    execFileSync('ip', ['-n', netns, 'neigh', 'replace', '192.0.2.7', ...mac]);
    const send = () =>
      execFileSync('ip', [
        'netns',
        'exec',
        netns,
        process.execPath,
        '-e',
        SEND_DATAGRAMS,
        '192.0.2.7',
        '1',
      ]);
    const udp: LinkFrame[] = [];
    // These frames were queued while the kernel left checksums to us, and are read after it was
    // told not to.
    send();
    port.features.set([['rx', false]]);
    port.onFrames((frames) => udp.push(...frames.filter(({ frame }) => frame[23] === 17)));
    send();
    await until('both', () => udp.length === 2);
    port.features.set([['rx', true]]);
    send();
    await until('the third', () => udp.length === 3);
    expect(udp.map(({ checksum }) => checksum)).toEqual(['complete', 'complete', 'partial']);
    const whole = udp.map(({ frame }) => hasValidTransportChecksum(frame.subarray(14)));
    expect(whole).toEqual([true, true, false]);
  });

  it("shows its switches to the host: its rx features are the kernel's tx features", () => {
    const port = new TapPort({
      tap: tapOf(),
      field: 'wires.lan.tap',
      interfaceIndex: 1,
      log: SILENT,
    });
    closers.push(() => port.close());
    const ethtool = () =>
      execFileSync('ip', ['netns', 'exec', netns, 'ethtool', '-k', 'strata0'], { encoding: 'utf8' })
        .split('\n')
        .filter((line) => /^(tx-checksumming|tcp-segmentation-offload)/.test(line));
    const [tx, tso] = ['tx-checksumming', 'tcp-segmentation-offload'];
    expect(ethtool()).toEqual([`${tx}: on`, `${tso}: on`]);
    port.features.set([['lro', false]]);
    expect(ethtool()).toEqual([`${tx}: on`, `${tso}: off`]);
    port.features.set([['rx', false]]);
    expect(ethtool()).toEqual([`${tx}: off`, `${tso}: off`]);
    port.features.set([
      ['rx', true],
      ['lro', true],
      ['tso', false],
    ]);
    expect(ethtool()).toEqual([`${tx}: on`, `${tso}: on`]);
  });

  it.each([
    ['without offload', false, true, 3],
    ['with a kernel that takes them', true, true, 1],
    ['with a kernel before 6.2, which takes TCP alone', true, false, 3],
  ])('cuts super-datagrams up %s', (_name, offload, granted, frames) => {
    if (!granted) closers.push(refuseDatagrams());
    const tap = { ...tapOf(), offload };
    const port = new TapPort({ tap, field: 'wires.lan.tap', interfaceIndex: 1, log: SILENT });
    closers.push(() => port.close());
    port.send([superDatagram(port.hostMac, 3000, 1472)]);
    expect(port.counters()).toMatchObject({ txFrames: frames, txDropped: 0 });
    port.send([superFrame(port.hostMac, 3000, 1460)]);
    expect(port.counters()).toMatchObject({ txFrames: frames + (offload ? 1 : 3), txDropped: 0 });
  });

  it('queues a burst of 10,000 small frames without loss while nobody reads', async () => {
    const port = new TapPort({
      tap: tapOf(),
      field: 'wires.lan.tap',
      interfaceIndex: 1,
      log: SILENT,
    });
    closers.push(() => port.close());
    const mac = ['lladdr', '02:00:00:00:07:07', 'dev', 'strata0'];
    execFileSync('ip', ['-n', netns, 'neigh', 'replace', '192.0.2.7', ...mac]);
    const send = ['netns', 'exec', netns, process.execPath, '-e', SEND_DATAGRAMS];
    execFileSync('ip', [...send, '192.0.2.7', '10000']);
    let count = 0;
    port.onFrames((frames) => {
      count += frames.length;
    });
    await until('all frames', () => count >= 10_000);
    expect(port.counters().rxDropped).toBe(0);
  });

  it('queues at most 64 MiB in the kernel: fewer frames if they are larger', async () => {
    const queued = { ...tapOf(), name: 'tap%d' };
    for (const [mtu, offload, frames] of [
      [1500, false, 16_384],
      [9000, false, 4032],
      // The windows that we announce limit the super-segments.
      [1500, true, 16_384],
    ] as const) {
      const port = new TapPort({
        tap: { ...queued, name: `tap${mtu}${offload}`, mtu, offload },
        field: 'wires.lan.tap',
        interfaceIndex: 1,
        log: SILENT,
      });
      const shown = execFileSync('ip', ['-n', netns, 'link'], { encoding: 'utf8' });
      port.close();
      expect(shown).toContain(` qlen ${frames}\n`);
    }
  });

  it('delays frames in both directions if configured', async () => {
    const port = new TapPort({
      tap: tapOf(),
      field: 'wires.lan.tap',
      interfaceIndex: 1,
      log: SILENT,
    });
    closers.push(() => port.close());
    port.impairmentIn.configure({ delayMs: 60 });
    port.impairmentOut.configure({ delayMs: 60 });
    port.onFrames((frames) => port.send(answerArp(frames)));
    const startedMs = performance.now();
    void ping();
    await until('the neighbour', () => neighbours().includes('02:00:00:00:07:07'));
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(119);
  });

  it('notices that somebody deleted the interface', async () => {
    const port = new TapPort({
      tap: tapOf(),
      field: 'wires.lan.tap',
      interfaceIndex: 1,
      log: SILENT,
    });
    closers.push(() => port.close());
    port.onFrames(() => undefined);
    execFileSync('ip', ['-n', netns, 'link', 'del', 'strata0']);
    await until('it to notice', () => !port.isPresent);
  });

  it('joins the host to a virtual wire, both ways', async () => {
    const bus = new MemoryBus();
    closers.push(() => bus.close());
    const config = withNetns(defaultConfig(), netns).wires['lan']!;
    const bridge = new TapBridge({ bus, wire: 'lan', config, tap: config.tap!, log: SILENT });
    closers.push(() => bridge.stop());
    const station = new WirePort({
      bus,
      wire: 'lan',
      name: 'station',
      interfaceIndex: 1,
      mac: STATION_MAC,
      mtu: 1500,
      offload: false,
      fcs: undefined,
      log: SILENT,
    });
    closers.push(() => station.close());
    const types: number[] = [];
    station.onFrames((frames) => {
      types.push(...frames.map(({ frame }) => readUint16(frame, 12)));
      station.send(answerArp(frames));
    });
    await ping();
    expect(neighbours()).toMatch(/192\.0\.2\.7 dev strata0 lladdr 02:00:00:00:07:07/);
    // The ARP request is broadcast; the ping is then unicast.
    expect(types).toContain(0x0806);
    expect(types).toContain(0x0800);
    expect(bridge.health().ok).toBe(true);

    // A frame that was corrupted on the wire is counted and does not reach the host.
    expect(bridge.counters()).toMatchObject({ wire_rx_crc_errors: 0, tap_tx_dropped: 0 });
    station.impairmentOut.configure({ corruptRatio: 1 });
    const frame = new Uint8Array(60);
    frame.fill(0xff, 0, 6);
    station.send([
      {
        interfaceIndex: 1,
        frame,
        headroomOctets: 0,
        segmentSize: 0,
        checksum: 'complete',
        trace: undefined,
      },
    ]);
    await until('the error', () => bridge.counters()['wire_rx_crc_errors'] === 1);
  });
});
