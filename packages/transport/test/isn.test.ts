import { type IpAddress, ipv4Address, ipv4Bits } from '@strata/wire';
import { initialSequenceNumber, portOffset, timestampOffset } from '../src/isn.ts';

const secret = Uint8Array.from({ length: 16 }, (_, i) => 200 - i);
const otherSecret = Uint8Array.from({ length: 16 }, (_, i) => 201 - i);
const local = { address: ipv4Address(0xc0000202), port: 80 };
const remote = { address: ipv4Address(0xc0000201), port: 40000 };

describe('an initial sequence number', () => {
  it('is a 32-bit number that depends only on its arguments', () => {
    const isn = initialSequenceNumber(secret, local, remote, 123.456);
    expect(Number.isInteger(isn) && isn >= 0 && isn < 2 ** 32).toBe(true);
    expect(initialSequenceNumber(secret, local, remote, 123.456)).toBe(isn);
  });

  it('grows by one every 4 microseconds for one pair of sockets (RFC 9293 3.4.1)', () => {
    const from = initialSequenceNumber(secret, local, remote, 1000);
    const after = (ms: number) =>
      (initialSequenceNumber(secret, local, remote, 1000 + ms) - from) >>> 0;
    expect(after(0.004)).toBe(1);
    expect(after(1)).toBe(250);
    expect(after(3_600_000)).toBe(900_000_000);
  });

  it('wraps after 4.77 hours and stays an integer after years of uptime', () => {
    const from = initialSequenceNumber(secret, local, remote, 0);
    expect(initialSequenceNumber(secret, local, remote, 2 ** 32 / 250)).toBe(from);
    const later = initialSequenceNumber(secret, local, remote, 10 * 365 * 86_400_000);
    expect((later - from) >>> 0).toBe((10 * 365 * 86_400_000 * 250) % 2 ** 32);
  });

  it.each([
    ['the secret', initialSequenceNumber(otherSecret, local, remote, 0)],
    ['the local port', initialSequenceNumber(secret, { ...local, port: 81 }, remote, 0)],
    [
      'the local address',
      initialSequenceNumber(secret, { ...local, address: ipv4Address(1) }, remote, 0),
    ],
    ['the remote port', initialSequenceNumber(secret, local, { ...remote, port: 40001 }, 0)],
    [
      'the remote address',
      initialSequenceNumber(secret, local, { ...remote, address: ipv4Address(1) }, 0),
    ],
    ['which side is local', initialSequenceNumber(secret, remote, local, 0)],
  ])('differs if %s differs (RFC 6528 3)', (_, isn) => {
    const distance = Math.abs((isn - initialSequenceNumber(secret, local, remote, 0)) | 0);
    expect(distance).toBeGreaterThan(65536);
  });
});

describe('a timestamp offset', () => {
  it('depends on secret and addresses (RFC 7323 5.4)', () => {
    const offset = timestampOffset(secret, local.address, remote.address);
    expect(offset >= 0 && offset < 2 ** 32).toBe(true);
    expect(timestampOffset(secret, local.address, remote.address)).toBe(offset);
    expect(timestampOffset(otherSecret, local.address, remote.address)).not.toBe(offset);
    expect(
      timestampOffset(secret, local.address, ipv4Address(ipv4Bits(remote.address) + 1)),
    ).not.toBe(offset);
  });

  it('is independent of the hashes of sequence numbers and ports', () => {
    const offset = timestampOffset(secret, local.address, remote.address);
    const noPort = (address: IpAddress) => ({ address, port: 0 });
    expect(
      initialSequenceNumber(secret, noPort(local.address), noPort(remote.address), 0),
    ).not.toBe(offset);
    expect(portOffset(secret, local.address, noPort(remote.address))).not.toBe(offset);
  });
});
