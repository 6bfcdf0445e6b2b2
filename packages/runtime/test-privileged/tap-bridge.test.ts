import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { MemoryBus } from '@strata/bus';
import { openTap } from '@strata/tap';
import { BROADCAST_MAC, type MacAddress, readUint48 } from '@strata/wire';
import { defaultConfig } from '../src/config/index.ts';
import { SILENT, TapBridge, WirePort, withNetns } from '../src/index.ts';
import { frame, textOf } from '../test/support/frames.ts';
import { until } from '../test/support/until.ts';

const STATION = 0x020000000707;
const MOVING = 0x020000000708;

/**
 * Behind the host's end is a Linux bridge. A second TAP is another port of the bridge: frames sent
 * into it come from our stations.
 */
describe('A TAP on a wire whose host bridges it onwards', () => {
  let netns: string;
  const closers: (() => void | Promise<void>)[] = [];

  beforeEach(() => {
    netns = `strata-tb-${process.pid}-${Math.floor(Math.random() * 1e6)}`;
  });

  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
    expect(existsSync(`/run/netns/${netns}`)).toBe(false);
  });

  const ip = (...args: string[]) => execFileSync('ip', ['-n', netns, ...args]);

  function setUp() {
    const bus = new MemoryBus();
    closers.push(() => bus.close());
    const config = withNetns(defaultConfig(), netns).wires['lan']!;
    const bridge = new TapBridge({ bus, wire: 'lan', config, tap: config.tap!, log: SILENT });
    closers.push(() => bridge.stop());
    const behind = openTap({ name: 'behind0', netns });
    closers.push(() => behind.close());
    const heard: { destination: MacAddress; text: string }[] = [];
    behind.onFrames((batch) => {
      for (const it of batch) {
        const bytes = it.frame.slice();
        // The kernel's own frames (such as IGMP) never have the test's EtherType.
        if (bytes[12] !== 0x88 || bytes[13] !== 0xb5) continue;
        const text = textOf({ ...frame(0, 0, ''), frame: bytes });
        heard.push({ destination: readUint48(bytes, 0), text });
      }
    });
    ip('link', 'add', 'br0', 'type', 'bridge', 'forward_delay', '0');
    ip('link', 'set', 'strata0', 'master', 'br0');
    ip('link', 'set', 'behind0', 'master', 'br0');
    ip('link', 'set', 'br0', 'up');
    const station = (mac: MacAddress) => {
      const port = new WirePort({
        bus,
        wire: 'lan',
        name: 'station',
        interfaceIndex: 1,
        mac,
        mtu: 1500,
        offload: false,
        fcs: undefined,
        log: SILENT,
      });
      closers.push(() => port.close());
      return port;
    };
    const say = (mac: MacAddress, text: string) =>
      behind.write([{ frame: frame(BROADCAST_MAC, mac, text).frame }]);
    return { bridge, heard, station, say };
  }

  it('delivers to each of 200 stations there the frames sent to it', async () => {
    const { bridge, heard, station, say } = setUp();
    const port = station(STATION);
    const asked = new Set<MacAddress>();
    port.onFrames((frames) => {
      for (const { frame: bytes } of frames) {
        const source = readUint48(bytes, 6);
        asked.add(source);
        port.send([frame(source, STATION, 'answer')]);
      }
    });
    const macs = Array.from({ length: 200 }, (_, i) => 0x020300000000 + i);
    // The bridge's port may need a moment before it forwards: a station without an answer asks
    // again.
    await until(
      'an answer to each',
      () => {
        const answered = new Set(heard.map(({ destination }) => destination));
        const left = macs.filter((mac) => !answered.has(mac));
        for (const mac of left) if (!asked.has(mac)) say(mac, 'question');
        return left.length === 0;
      },
      10_000,
    );
    expect(bridge.counters()).toMatchObject({ tap_tx_dropped: 0, wire_rx_dropped: 0 });
  });

  it('does not send frames between stations of the wire to the host, until one of them sends from behind the host', async () => {
    const { heard, station, say } = setUp();
    const port = station(STATION);
    const toWire: string[] = [];
    port.onFrames((frames) => toWire.push(...frames.map(textOf)));
    const before = station(MOVING);
    const texts = () => heard.map(({ text }) => text);
    before.onFrames(() => undefined);
    await until('the bridge to forward', () => {
      before.send([frame(BROADCAST_MAC, MOVING, 'here')]);
      return texts().includes('here');
    });
    port.send([frame(MOVING, STATION, 'on the wire')]);
    port.send([frame(BROADCAST_MAC, STATION, 'marker')]);
    await until('the marker', () => texts().includes('marker'));
    expect(texts()).not.toContain('on the wire');
    before.close();
    say(MOVING, 'moved');
    await until('the move', () => toWire.includes('moved'));
    port.send([frame(MOVING, STATION, 'behind the host')]);
    await until('the frame', () => texts().includes('behind the host'));
  });
});
