import { type IpAddress, readIpv4, writeIpv4, writeUint32 } from '@strata/wire';
import {
  ADDRESSES_AND_TIMES,
  hasRoom,
  isFull,
  PRESPECIFIED,
  RECORD_ROUTE,
  TIMES_ONLY,
  TIMESTAMP,
} from './ipv4-options.ts';

/** The values that a host or router writes into the record route and timestamp options. */
export interface Recorder {
  /** The address to record: of the host that answers, or of the interface that forwards. */
  readonly address: IpAddress;
  /** The 32 bits of a timestamp (RFC 791 3.1). */
  readonly time: number;
  readonly isOwn: (address: IpAddress) => boolean;
}

/** Writes this host's entry, or counts that there was no room for it (RFC 791 3.1). */
export function recordOrOverflow(option: Uint8Array, host: Recorder): void {
  if (isFull(option)) noteOverflow(option);
  else record(option, host);
}

/**
 * Writes this host's entry at the pointer, and advances the pointer. Changes nothing where there is
 * no room.
 */
export function record(option: Uint8Array, { address, time, isOwn }: Recorder): void {
  if (!hasRoom(option)) return;
  const at = option[2]! - 1;
  if (option[0] === RECORD_ROUTE) {
    writeIpv4(option, at, address);
    option[2] = at + 5;
    return;
  }
  switch (option[3]! & 15) {
    case TIMES_ONLY:
      writeUint32(option, at, time);
      option[2] = at + 5;
      break;
    case ADDRESSES_AND_TIMES:
      writeIpv4(option, at, address);
      writeUint32(option, at + 4, time);
      option[2] = at + 9;
      break;
    case PRESPECIFIED:
      if (!isOwn(readIpv4(option, at))) break;
      writeUint32(option, at + 4, time);
      option[2] = at + 9;
      break;
    // Other flags are unknown: nothing is recorded.
  }
}

/**
 * RFC 791 3.1: a full timestamp option counts the hosts that could not record themselves. The count
 * is below 15 here; an option with 15 was refused before.
 */
function noteOverflow(option: Uint8Array): void {
  if (option[0] !== TIMESTAMP || (option[3]! & 15) === PRESPECIFIED) return;
  option[3]! += 0x10;
}

const DAY_MS = 86_400_000;
/** The bit that marks a time that does not count from midnight UT. */
const NON_STANDARD_TIME = 0x80000000;

/**
 * The time for the timestamp option: milliseconds since midnight UT. If the time of day is unknown,
 * it is the time of `nowMs` with the bit that marks it non-standard (RFC 791 3.1, RFC 1122
 * 3.2.2.8). `unixTimeAtZeroMs`: see NetworkConfig.
 */
export function timeOfDay(nowMs: number, unixTimeAtZeroMs: number | undefined): number {
  if (unixTimeAtZeroMs !== undefined) return Math.floor(nowMs + unixTimeAtZeroMs) % DAY_MS;
  return ((Math.floor(nowMs) & 0x7fffffff) | NON_STANDARD_TIME) >>> 0;
}
