import { once } from 'node:events';
import { Tap, type TapStreamOptions } from '../src/index.ts';
import {
  cleanUp,
  describeLink,
  freshName,
  ip,
  namespaces,
  requirePrivileges,
  sendDatagrams,
  startIn,
  until,
} from './kernel.ts';

const taps: Tap[] = [];

function open(options: TapStreamOptions = {}): Tap {
  const tap = new Tap({ netns: freshName(), ...options });
  taps.push(tap);
  return tap;
}

beforeAll(requirePrivileges);
afterEach(() => {
  cleanUp();
  for (const tap of taps.splice(0)) tap.release();
});

describe('Tap', () => {
  it('has the properties of tuntap2, which change the interface', () => {
    const tap = open({ name: 'lab0' });
    expect(tap.isUp).toBe(false);
    expect(tap.ipv4).toBeUndefined();
    tap.mac = '02:00:00:00:00:07';
    tap.mtu = 1400;
    tap.ipv4 = '192.0.2.9/25';
    tap.ipv4 = '192.0.2.1/24';
    tap.isUp = true;
    expect(tap).toMatchObject({
      name: 'lab0',
      mac: '02:00:00:00:00:07',
      mtu: 1400,
      ipv4: '192.0.2.1/24',
      isUp: true,
    });
    expect(describeLink(tap.device.netns!, 'lab0')).toMatchObject({
      ifindex: tap.ifindex,
      mtu: 1400,
      address: '02:00:00:00:00:07',
      addr_info: [{ local: '192.0.2.1', prefixlen: 24 }],
    });
  });

  it('reads and writes one frame in each chunk', async () => {
    const tap = open({ addresses: ['192.0.2.1/24'], up: true });
    startIn(tap.device.netns!, 'ping', '-c', '2', '-W', '1', '192.0.2.2');
    for await (const chunk of tap) {
      expect(Buffer.isBuffer(chunk)).toBe(true);
      expect(chunk).toHaveLength(42);
      break;
    }
    const sender = open({ addresses: ['192.0.2.1/24'], up: true });
    const frame = Buffer.alloc(60, 0xff);
    sender.cork();
    for (let index = 0; index < 10; index++) sender.write(frame);
    sender.uncork();
    await until('all are written', () => sender.device.counters().txFrames === 10);
    expect(sender.device.counters().txBytes).toBe(600);
  });

  it('makes the kernel wait when nobody reads, and continues later', async () => {
    const tap = open({ addresses: ['192.0.2.1/24'], up: true });
    tap.pause();
    tap.read(0);
    await sendDatagrams(tap.device, 1000, 100, 1);
    const { rxFrames } = tap.device.counters();
    expect(rxFrames).toBeGreaterThanOrEqual(256);
    expect(rxFrames).toBeLessThan(1000);
    let count = 0;
    tap.on('data', () => {
      count++;
    });
    tap.resume();
    await until('all frames are here', () => count === 1000);
  });

  it('removes the interface and the namespace on release, destroy and deletion', async () => {
    const released = open();
    released.release();
    const destroyed = open();
    destroyed.destroy();
    const deleted = open();
    deleted.resume();
    ip(deleted.device.netns!, 'link', 'delete', deleted.name);
    const [error] = await once(deleted, 'error');
    expect(error).toMatchObject({ code: 'TAP_REMOVED' });
    for (const tap of [released, destroyed, deleted])
      expect(namespaces()).not.toContain(tap.device.netns);
  });
});
