import type { CapturedPacket } from './captured-packet.ts';
import type { Printer } from './printer.ts';

/** A packet for programs: where and when, its octets, and the line that a person reads. */
export function toJson(packet: CapturedPacket, printer: Printer): object {
  const { interfaceName, epochMs, bytes, lengthOctets, direction } = packet;
  return {
    epochMs,
    interface: interfaceName,
    ...(direction === undefined ? {} : { direction }),
    octets: lengthOctets,
    text: printer.describe(packet),
    hex: bytes.toString('hex'),
  };
}
