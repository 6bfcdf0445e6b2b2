import type { LinkFrame } from '@strata/link';
import { emitEthernetHeader, type MacAddress } from '@strata/wire';

/** A frame of an experimental type with `text` behind its header. */
export function frame(
  destination: MacAddress,
  source: MacAddress,
  text: string,
  interfaceIndex = 1,
): LinkFrame {
  const payload = Buffer.from(text);
  const bytes = new Uint8Array(14 + payload.byteLength);
  emitEthernetHeader(bytes, destination, source, 0x88b5);
  bytes.set(payload, 14);
  return {
    interfaceIndex,
    frame: bytes,
    headroomOctets: 0,
    segmentSize: 0,
    checksum: 'complete',
    trace: undefined,
  };
}

export function textOf({ frame: bytes }: LinkFrame): string {
  return Buffer.from(bytes.subarray(14)).toString();
}
