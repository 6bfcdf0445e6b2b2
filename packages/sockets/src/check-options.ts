import type { TcpSocketOptions } from '@strata/transport';
import { usageError } from './errors.ts';

type Range = readonly [least: number, most: number];

const MI = 1024 * 1024;
/** Milliseconds. The most is 32,767 s, as for Linux's TCP_KEEPIDLE. */
const KEEPALIVE_MS: Range = [1, 32_767_000];

/** The ranges that TcpSocketOptions documents. */
const RANGES: ReadonlyMap<keyof TcpSocketOptions, Range> = new Map([
  ['sendBufferOctets', [4096, 64 * MI]],
  ['receiveBufferOctets', [2304, 64 * MI]],
  ['maximumSegmentSizeOctets', [88, 65_495]],
  ['tos', [0, 255]],
  ['ttl', [1, 255]],
  ['keepAliveIdleMs', KEEPALIVE_MS],
  ['keepAliveIntervalMs', KEEPALIVE_MS],
  ['keepAliveProbes', [1, 127]],
  ['userTimeoutMs', [0, 0x7fffffff]],
  ['maxPacingRateOctetsPerSecond', [1, Number.MAX_SAFE_INTEGER]],
  ['synRetries', [1, 127]],
]);

/**
 * Throws ERR_OUT_OF_RANGE for a number that transport would refuse: over NATS it refuses the whole
 * message. The name of a congestion control is not checked here: transport itself reports an
 * unknown one.
 */
export function checkTcpOptions(options: TcpSocketOptions | undefined): void {
  for (const [name, value] of Object.entries(options ?? {})) {
    const range = RANGES.get(name as keyof TcpSocketOptions);
    if (range === undefined || value === undefined) continue;
    const [least, most] = range;
    if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most)
      continue;
    throw usageError(
      'ERR_OUT_OF_RANGE',
      `The TCP option ${name} is ${String(value)}: it should be a whole number from ${least} to ${most}.`,
    );
  }
}

/** The delay of Node's setKeepAlive, limited to the option's range: Node refuses no delay. */
export function keepAliveIdleMs(delayMs: number | null | undefined): TcpSocketOptions {
  if (delayMs == null || !(delayMs > 0)) return {};
  return { keepAliveIdleMs: Math.min(Math.ceil(delayMs), KEEPALIVE_MS[1]) };
}
