import type { IpAddress } from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { findOptions, RECORD_ROUTE, TIMESTAMP } from './ipv4-options.ts';
import { type Recorder, recordOrOverflow, timeOfDay } from './record.ts';

/** What `address`, one of our own, writes into options now. */
export function recorderFor(
  { interfaces, unixTimeAtZeroMs }: NetworkContext,
  address: IpAddress,
  nowMs: number,
): Recorder {
  const time = timeOfDay(nowMs, unixTimeAtZeroMs);
  return { address, time, isOwn: (other) => interfaces.isOwn(other) };
}

/**
 * The options with this host's entry in record route and timestamp, as it has them when they leave
 * this host and when they arrive (RFC 791 3.1). A copy. `options`: well formed.
 */
export function withOwnEntry(options: Uint8Array, host: Recorder): Uint8Array {
  const recorded = options.slice();
  for (const option of findOptions(recorded, [RECORD_ROUTE, TIMESTAMP])) {
    recordOrOverflow(option, host);
  }
  return recorded;
}
