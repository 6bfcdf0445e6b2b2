import type { ToolIo } from '../tool.ts';
import type { IperfParsed } from './options.ts';
import type { Parameters } from './parameters.ts';
import { TCP_BLOCK_OCTETS } from './protocol.ts';
import type { TestStream } from './stream.ts';

/** A test as it starts, in the shape of iperf3's JSON. */
export function startOf(
  streams: readonly TestStream[],
  parameters: Parameters,
  more: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const now = new Date();
  return {
    connected: streams.map(({ local, remote }, index) => ({
      socket: 5 + 2 * index,
      local_host: local.address,
      local_port: local.port,
      remote_host: remote.address,
      remote_port: remote.port,
    })),
    version: 'iperf 3.12',
    system_info: 'Strata',
    timestamp: { time: now.toUTCString(), timesecs: Math.floor(now.getTime() / 1000) },
    ...more,
    target_bitrate: parameters.bitsPerSecond,
    sock_bufsize: parameters.windowOctets ?? 0,
    test_start: {
      protocol: parameters.udp ? 'UDP' : 'TCP',
      num_streams: parameters.parallel,
      blksize: parameters.blockOctets || TCP_BLOCK_OCTETS,
      omit: parameters.omitSeconds,
      duration: parameters.seconds,
      bytes: parameters.octets,
      blocks: parameters.blocks,
      reverse: parameters.reverse ? 1 : 0,
      bidir: parameters.bidirectional ? 1 : 0,
      tos: 0,
      target_bitrate: parameters.bitsPerSecond,
    },
  };
}

/** Tells the intervals of a test. */
export function tellInterval(io: ToolIo): (interval: object) => Promise<void> {
  return (interval) => io.event({ kind: 'interval', interval });
}

/** The options of a meter. */
export function meterOptions({ udp, omitSeconds }: Parameters, { intervalSeconds }: IperfParsed) {
  return { udp, omitSeconds, intervalSeconds };
}

/** For each stream of a test, in their order, whether the client sends it. */
export function directionsOf({ parallel, reverse, bidirectional }: Parameters): boolean[] {
  const one = (clientSends: boolean) => Array.from({ length: parallel }, () => clientSends);
  return bidirectional ? [...one(true), ...one(false)] : one(!reverse);
}
