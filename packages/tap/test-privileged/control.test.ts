import type { TapErrorCode } from '../src/index.ts';
import { cleanUp, describeLink, ip, openHere, requirePrivileges, until } from './kernel.ts';

beforeAll(requirePrivileges);
afterEach(cleanUp);

const withCode = (code: TapErrorCode) => expect.objectContaining({ name: 'TapError', code });

describe('TapDevice', () => {
  it('sets the interface up and down', () => {
    const device = openHere({ up: false });
    const flags = () => describeLink(device.netns!, device.name)?.flags;
    expect(device.isUp).toBe(false);
    expect(flags()).not.toContain('UP');
    device.setUp(true);
    expect(device.isUp).toBe(true);
    expect(flags()).toContain('UP');
    device.setUp(false);
    expect(flags()).not.toContain('UP');
  });

  it('changes MAC address and MTU while up, and sees changes made by others', () => {
    const device = openHere();
    device.setMac('02:00:00:00:00:aa');
    device.setMtu(65521);
    expect(describeLink(device.netns!, device.name)).toMatchObject({
      address: '02:00:00:00:00:aa',
      mtu: 65521,
    });
    ip(device.netns!, 'link', 'set', device.name, 'mtu', '1400');
    expect(device.mtu).toBe(1400);
    expect(() => device.setMtu(65522)).toThrow(withCode('TAP_INVALID_OPTION'));
    expect(() => device.setMac('ff:ff:ff:ff:ff:ff')).toThrow(withCode('TAP_INVALID_OPTION'));
    expect(device.mac).toBe('02:00:00:00:00:aa');
  });

  it('adds, lists and removes several addresses', () => {
    const device = openHere({ addresses: ['192.0.2.1/24'] });
    device.addAddress('198.51.100.9/29');
    device.addAddress('203.0.113.1/32');
    expect(device.addresses()).toEqual([
      { address: '192.0.2.1', prefixLength: 24, broadcast: '192.0.2.255' },
      { address: '198.51.100.9', prefixLength: 29, broadcast: '198.51.100.15' },
      { address: '203.0.113.1', prefixLength: 32, broadcast: undefined },
    ]);
    device.removeAddress('192.0.2.1/24');
    const left = describeLink(device.netns!, device.name)?.addr_info?.map(({ local }) => local);
    expect(left).toEqual(['198.51.100.9', '203.0.113.1']);
    expect(() => device.removeAddress('192.0.2.1/24')).toThrow(withCode('TAP_NO_SUCH_ADDRESS'));
    expect(() => device.addAddress('203.0.113.1/32')).toThrow(withCode('TAP_ADDRESS_IN_USE'));
  });

  it('lists more addresses than fit into one answer of the kernel', () => {
    const device = openHere();
    for (let index = 1; index <= 300; index++)
      device.addAddress(`10.${index >> 8}.${index & 255}.1/24`);
    expect(device.addresses()).toHaveLength(300);
  });

  it('removes and restores the carrier', async () => {
    const device = openHere();
    const flags = () => describeLink(device.netns!, device.name)?.flags;
    expect(device.carrier).toBe(true);
    device.setCarrier(false);
    expect(device.carrier).toBe(false);
    await until('the host has noticed', () => flags()?.includes('NO-CARRIER') === true);
    device.setCarrier(true);
    expect(device.carrier).toBe(true);
  });

  it.each(['reading', 'writing'])(
    'finds out by %s that somebody has deleted the interface',
    async (how) => {
      const device = openHere();
      let told = 0;
      device.onRemoved(() => {
        told++;
      });
      if (how === 'reading') device.onFrames(() => undefined);
      ip(device.netns!, 'link', 'delete', device.name);
      if (how === 'writing') {
        expect(device.write([{ frame: new Uint8Array(60) }, { frame: new Uint8Array(60) }])).toBe(
          2,
        );
        expect(device.counters().txDropped).toBe(2);
      }
      await until('told', () => told > 0);
      expect(() => device.setUp(true)).toThrow(withCode('TAP_REMOVED'));
      device.resume();
      device.close();
      expect(told).toBe(1);
    },
  );

  it('refuses offload if it was opened without the virtio header', () => {
    const device = openHere({ virtioHeader: false });
    expect(() => device.setOffload(true)).toThrow(withCode('TAP_INVALID_OPTION'));
    device.setOffload(false);
    expect(device.offload).toBe(false);
  });
});
