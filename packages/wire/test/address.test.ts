import fc from 'fast-check';
import {
  broadcastOf,
  formatIpv4,
  formatMac,
  inPrefix,
  ipv4Address,
  isGroupMac,
  isLoopbackIpv4,
  isMulticastIpv4,
  multicastMac,
  networkOf,
  parseIpv4,
  parseMac,
} from '../src/index.ts';
import { uint32, uint48 } from './support.ts';

describe('IPv4 address', () => {
  it('is read and written as dotted decimal', () => {
    expect(parseIpv4('192.0.2.1')).toBe(0xc0000201);
    expect(formatIpv4(ipv4Address(0xc0000201))).toBe('192.0.2.1');
    fc.assert(
      fc.property(
        uint32,
        (address) => parseIpv4(formatIpv4(ipv4Address(address))) === ipv4Address(address),
      ),
    );
  });

  it.each(['', '1.2.3', '1.2.3.4.5', '256.0.0.1', '01.2.3.4', '1.2.3.a', ' 1.2.3.4', '-1.2.3.4'])(
    'refuses %j',
    (text) => {
      expect(parseIpv4(text)).toBeUndefined();
    },
  );

  it('lies in a prefix whose bits it shares', () => {
    const address = parseIpv4('192.0.2.1')!;
    expect(inPrefix(address, parseIpv4('192.0.2.128')!, 24)).toBe(true);
    expect(inPrefix(address, parseIpv4('192.0.2.128')!, 25)).toBe(false);
    expect(inPrefix(address, parseIpv4('8.8.8.8')!, 0)).toBe(true);
    expect(inPrefix(address, address, 32)).toBe(true);
  });

  it('has a subnet, whose first and last address have the same prefix', () => {
    const address = ipv4Address(0xc0000281);
    const subnets = [0, 1, 24, 25, 32].map((length) =>
      [networkOf(address, length), broadcastOf(address, length)].map(formatIpv4),
    );
    expect(subnets).toEqual([
      ['0.0.0.0', '255.255.255.255'],
      ['128.0.0.0', '255.255.255.255'],
      ['192.0.2.0', '192.0.2.255'],
      ['192.0.2.128', '192.0.2.255'],
      ['192.0.2.129', '192.0.2.129'],
    ]);
  });

  it('is a group in 224.0.0.0/4 (RFC 1112 4), loopback in 127.0.0.0/8', () => {
    expect(
      ['223.255.255.255', '224.0.0.0', '239.255.255.255', '240.0.0.0'].map((text) =>
        isMulticastIpv4(parseIpv4(text)!),
      ),
    ).toEqual([false, true, true, false]);
    expect(isLoopbackIpv4(parseIpv4('127.255.0.1')!)).toBe(true);
    expect(isLoopbackIpv4(parseIpv4('128.0.0.1')!)).toBe(false);
  });
});

describe('MAC address', () => {
  it('is read and written as six pairs', () => {
    expect(formatMac(0x0200000000ff)).toBe('02:00:00:00:00:ff');
    expect(parseMac('02-00-00-00-00-FF')).toBe(0x0200000000ff);
    fc.assert(fc.property(uint48, (mac) => parseMac(formatMac(mac)) === mac));
    expect(parseMac('02:00:00:00:00')).toBeUndefined();
    expect(parseMac('02:00:00:00:00:0g')).toBeUndefined();
  });

  it('of a group has the low 23 bits of the address (RFC 1112 6.4), and the group bit', () => {
    expect(formatMac(multicastMac(parseIpv4('224.0.0.1')!))).toBe('01:00:5e:00:00:01');
    expect(formatMac(multicastMac(parseIpv4('239.255.1.2')!))).toBe('01:00:5e:7f:01:02');
    expect(isGroupMac(0x01005e000001)).toBe(true);
    expect(isGroupMac(0xffffffffffff)).toBe(true);
    expect(isGroupMac(0x020000000001)).toBe(false);
  });
});
