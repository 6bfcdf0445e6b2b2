import { writeUint32 } from '@strata/wire';
import type { ProbeKind } from './probe.ts';

/** ping's time of sending: seconds and microseconds, each of 64 bits, little-endian. */
const TIME_OCTETS = 16;

/** Octets at the data's start that hold the time of sending, and tell nothing about corruption. */
function timeOctets(kind: ProbeKind, octets: number): number {
  return kind === 'echo' && octets >= TIME_OCTETS ? TIME_OCTETS : 0;
}

/** Fills a probe's data. `unixMs`: the time of sending. */
export function fillData(
  kind: ProbeKind,
  data: Uint8Array,
  pattern: Uint8Array,
  unixMs: number,
): void {
  for (let at = 0; at < data.byteLength; at += 1) data[at] = octetAt(pattern, at);
  if (timeOctets(kind, data.byteLength) > 0) writeTime(data, unixMs);
}

/** Whether an answer has the data that `fillData` wrote. */
export function isSameData(
  kind: ProbeKind,
  data: Uint8Array,
  pattern: Uint8Array,
  octets: number,
): boolean {
  if (data.byteLength !== octets) return false;
  for (let at = timeOctets(kind, octets); at < octets; at += 1) {
    if (data[at] !== octetAt(pattern, at)) return false;
  }
  return true;
}

function octetAt(pattern: Uint8Array, at: number): number {
  return pattern.byteLength === 0 ? at & 255 : pattern[at % pattern.byteLength]!;
}

function writeTime(data: Uint8Array, unixMs: number): void {
  const microseconds = Math.floor(unixMs * 1000);
  writeLittleEndian(data, 0, Math.floor(microseconds / 1e6));
  writeLittleEndian(data, 8, microseconds % 1e6);
}

function writeLittleEndian(data: Uint8Array, at: number, value: number): void {
  writeUint32(data, at, Math.floor(value % 2 ** 32));
  writeUint32(data, at + 4, Math.floor(value / 2 ** 32));
  data.subarray(at, at + 4).reverse();
  data.subarray(at + 4, at + 8).reverse();
}
