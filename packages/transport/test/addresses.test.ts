import { parseIpv4 } from '@strata/wire';
import { LocalAddresses } from '../src/addresses.ts';

const ip = (text: string) => parseIpv4(text)!;
const addresses = new LocalAddresses([
  { address: ip('192.0.2.2'), prefixLength: 24, mtuOctets: 1500 },
  { address: ip('10.1.0.1'), prefixLength: 8, mtuOctets: 1400 },
  { address: ip('10.1.2.1'), prefixLength: 24, mtuOctets: 9000 },
  { address: ip('198.51.100.1'), prefixLength: 31, mtuOctets: 1300 },
]);

describe('LocalAddresses', () => {
  it.each([
    ['192.0.2.2', true],
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['192.0.2.3', false],
    ['192.0.2.255', false],
  ])('owns %s: %s', (text, owned) => {
    expect(addresses.owns(ip(text))).toBe(owned);
  });

  it.each([
    ['255.255.255.255', true],
    ['192.0.2.255', true],
    ['10.255.255.255', true],
    ['10.1.2.255', true],
    ['10.1.3.255', false],
    ['198.51.100.1', false],
    ['192.0.2.2', false],
  ])('takes %s as a broadcast address: %s', (text, broadcast) => {
    expect(addresses.isBroadcast(ip(text))).toBe(broadcast);
  });

  it.each([
    ['its own subnet', '192.0.2.77', '192.0.2.2', 1500],
    ['the longest prefix', '10.1.2.9', '10.1.2.1', 9000],
    ['the shorter prefix beside it', '10.2.2.9', '10.1.0.1', 1400],
    ['anywhere else: the first', '203.0.113.5', '192.0.2.2', 1500],
    ['itself: no wire, no MTU of one', '10.1.2.1', '10.1.2.1', 65535],
    ['loopback', '127.0.0.5', '127.0.0.1', 65535],
  ])('sends to %s from the right address (RFC 1122 3.3.4.3)', (_, to, from, mtuOctets) => {
    expect(addresses.sourceFor(ip(to))).toMatchObject({ address: ip(from), mtuOctets });
  });

  it('has no source address if the stack has none', () => {
    expect(new LocalAddresses([]).sourceFor(ip('192.0.2.1'))).toBeUndefined();
  });

  it('gives the MTU of the interface that holds an address', () => {
    expect(addresses.mtuOf(ip('10.1.2.1'))).toBe(9000);
    expect(addresses.mtuOf(ip('127.0.0.1'))).toBe(65535);
  });
});
