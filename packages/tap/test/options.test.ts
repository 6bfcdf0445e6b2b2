import { TapError } from '../src/errors.ts';
import { openTap } from '../src/index.ts';
import { resolveTapOptions, type TapOptions } from '../src/options.ts';

describe('resolveTapOptions', () => {
  it('has a default for everything', () => {
    expect(resolveTapOptions({})).toEqual({
      name: 'strata%d',
      netns: undefined,
      mac: undefined,
      mtu: undefined,
      addresses: [],
      up: true,
      queues: 1,
      offload: false,
      virtioHeader: true,
      batchFrames: 64,
      backlogFrames: 1000,
      ipv6: false,
    });
  });

  it('parses addresses, with the broadcast address of their network', () => {
    const { addresses, mac } = resolveTapOptions({
      addresses: ['192.0.2.1/24', '198.51.100.4/31', '203.0.113.255/32'],
      mac: '02:00:00:00:fe:01',
    });
    expect(addresses).toEqual([
      { address: 0xc0000201, prefixLength: 24, broadcast: 0xc00002ff },
      { address: 0xc6336404, prefixLength: 31, broadcast: 0 },
      { address: 0xcb0071ff, prefixLength: 32, broadcast: 0 },
    ]);
    expect(mac).toEqual(Uint8Array.of(2, 0, 0, 0, 0xfe, 1));
  });

  const refused: [TapOptions, RegExp][] = [
    [{ name: '' }, /name is ""/],
    [{ name: 'sixteen-letters0' }, /1 to 15 characters/],
    [{ name: 'a b' }, /name/],
    [{ name: 'a/b' }, /name/],
    [{ name: 'a:b' }, /name/],
    [{ name: '..' }, /name/],
    [{ name: 'a%d%d' }, /name/],
    [{ name: 'a%s' }, /name/],
    [{ netns: '' }, /netns/],
    [{ netns: '../root' }, /netns is "..\/root"/],
    [{ netns: '..' }, /netns/],
    [{ netns: 'x'.repeat(201) }, /netns/],
    [{ mac: '02:00:00:00:00' }, /mac/],
    [{ mac: '01:00:5e:00:00:01' }, /of one station/],
    [{ mac: '00:00:00:00:00:00' }, /of one station/],
    [{ mtu: 67 }, /mtu is 67: expected an integer from 68 to 65521/],
    [{ mtu: 65522 }, /mtu/],
    [{ mtu: 1500.5 }, /mtu/],
    [{ queues: 0 }, /queues/],
    [{ queues: 257 }, /queues/],
    [{ batchFrames: 0 }, /batchFrames/],
    [{ batchFrames: 1025 }, /batchFrames/],
    [{ backlogFrames: 0 }, /backlogFrames/],
    [{ offload: true, virtioHeader: false }, /offload/],
    [{ addresses: ['192.0.2.1/24', '192.0.2.2'] }, /addresses\[1\] is "192.0.2.2"/],
    [{ addresses: ['192.0.2.1/33'] }, /prefix length of 0 to 32/],
    [{ addresses: ['192.0.2.256/24'] }, /addresses/],
    [{ addresses: ['224.0.0.1/24'] }, /one station/],
    [{ addresses: ['0.0.0.0/0'] }, /one station/],
    [{ addresses: ['fe80::1/64'] }, /IPv4/],
  ];

  it.each(refused)('refuses %j, naming the field and what it expects', (options, message) => {
    const attempt = () => resolveTapOptions(options);
    expect(attempt).toThrow(TapError);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(expect.objectContaining({ code: 'TAP_INVALID_OPTION' }));
  });

  it('is called by openTap before anything else', () => {
    expect(() => openTap({ mtu: 1 })).toThrow(
      expect.objectContaining({ name: 'TapError', code: 'TAP_INVALID_OPTION' }),
    );
  });
});
