import { pcapngInterface, pcapngPacket, pcapngSectionHeader } from '@strata/wire';
import type { CapturedPacket } from './captured-packet.ts';

const TIMESTAMP_DIGITS = 6;

/** Writes packets as pcapng, with an interface block before the first packet of each. */
export class CaptureWriter {
  readonly #interfaces = new Map<string, number>();

  /** What the file begins with. */
  start(): Uint8Array {
    return pcapngSectionHeader('strata tcpdump');
  }

  packet(packet: CapturedPacket): Uint8Array {
    const { interfaceName: name, linkType, epochMs, bytes, lengthOctets, direction } = packet;
    const key = `${linkType} ${name}`;
    const known = this.#interfaces.get(key);
    const captureInterface = known ?? this.#interfaces.size;
    const way = { in: 'inbound', out: 'outbound' } as const;
    const block = pcapngPacket(
      {
        captureInterface,
        epochMs,
        bytes,
        originalOctets: lengthOctets,
        direction: direction && way[direction],
      },
      TIMESTAMP_DIGITS,
    );
    if (known !== undefined) return block;
    this.#interfaces.set(key, captureInterface);
    const description = { name, linkType, timestampDigits: TIMESTAMP_DIGITS } as const;
    return Buffer.concat([pcapngInterface(description), block]);
  }
}
