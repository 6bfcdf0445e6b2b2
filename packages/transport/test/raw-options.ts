import { ADDRESS_A, ADDRESS_B, type MadeSegment, type TcpPeer } from '@strata/simulator';
import { emitTcpChecksum } from '@strata/wire';

export function fromHex(hex: string): Uint8Array {
  const digits = hex.replaceAll(' ', '');
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}

/** A segment of the peer with these octets as its options, in whole words, valid or not. */
export function withOptions(
  peer: TcpPeer,
  flags: string,
  hex: string,
  made: MadeSegment = {},
): Uint8Array {
  const options = fromHex(hex);
  if (options.byteLength % 4 !== 0) throw new Error(`${options.byteLength} octets of options`);
  const plain = peer.make(flags, { ...made, options: {} });
  const bytes = new Uint8Array(plain.byteLength + options.byteLength);
  bytes.set(plain.subarray(0, 20));
  bytes.set(options, 20);
  bytes.set(plain.subarray(20), 20 + options.byteLength);
  bytes[12] = ((20 + options.byteLength) / 4) << 4;
  emitTcpChecksum(bytes, ADDRESS_A, ADDRESS_B);
  return bytes;
}
