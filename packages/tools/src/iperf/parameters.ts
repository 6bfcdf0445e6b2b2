import { iperfError } from './control.ts';
import type { IperfParsed } from './options.ts';
import {
  MAX_STREAMS,
  TCP_BLOCK_OCTETS,
  UDP_BITS_PER_SECOND,
  UDP_BLOCK_OCTETS,
} from './protocol.ts';

/** What both sides of a test agree on. */
export interface Parameters {
  readonly udp: boolean;
  readonly seconds: number;
  readonly omitSeconds: number;
  readonly octets: number;
  readonly blocks: number;
  readonly parallel: number;
  readonly reverse: boolean;
  readonly bidirectional: boolean;
  readonly blockOctets: number;
  /** 0: no limit. */
  readonly bitsPerSecond: number;
  readonly windowOctets: number | undefined;
  readonly congestion: string | undefined;
  readonly noDelay: boolean;
  readonly maximumSegmentSize: number | undefined;
  /** Datagrams have numbers of eight octets. */
  readonly wideCounters: boolean;
}

/** Of a client. `mss`: of its control connection. */
export function parametersOf(options: IperfParsed, mss: number): Parameters {
  const { udp, octets, blocks } = options;
  const usual = udp ? mss || UDP_BLOCK_OCTETS : TCP_BLOCK_OCTETS;
  return {
    ...options,
    seconds: octets > 0 || blocks > 0 ? 0 : options.seconds,
    blockOctets: options.blockOctets ?? usual,
    bitsPerSecond: options.bitsPerSecond ?? (udp ? UDP_BITS_PER_SECOND : 0),
    windowOctets: options.windowOctets,
    congestion: options.congestion,
    maximumSegmentSize: options.maximumSegmentSize,
    wideCounters: false,
  };
}

/** As iperf3 sends them. Absent: false, or iperf3's default. */
export function toJson(parameters: Parameters): Record<string, unknown> {
  const { windowOctets, congestion, maximumSegmentSize, bitsPerSecond } = parameters;
  return {
    [parameters.udp ? 'udp' : 'tcp']: true,
    omit: parameters.omitSeconds,
    time: parameters.seconds,
    num: parameters.octets,
    blockcount: parameters.blocks,
    ...(maximumSegmentSize === undefined ? {} : { MSS: maximumSegmentSize }),
    ...(parameters.noDelay ? { nodelay: true } : {}),
    parallel: parameters.parallel,
    ...(parameters.reverse ? { reverse: true } : {}),
    ...(parameters.bidirectional ? { bidirectional: true } : {}),
    ...(windowOctets === undefined ? {} : { window: windowOctets }),
    len: parameters.blockOctets,
    ...(bitsPerSecond === 0 ? {} : { bandwidth: bitsPerSecond }),
    pacing_timer: 1000,
    ...(congestion === undefined ? {} : { congestion }),
    client_version: '3.12',
  };
}

/** Reads what a client sent. Throws ToolError for what this server does not do. */
export function fromJson(json: Readonly<Record<string, unknown>>): Parameters {
  if (json['sctp'] === true) throw iperfError('the client asks for SCTP, which Strata has not');
  const udp = json['udp'] === true;
  const parallel = numberIn(json, 'parallel', 1, 1, MAX_STREAMS / 2);
  const [least, most] = udp ? [16, 65_507] : [1, 1_048_576];
  const usual = udp ? UDP_BLOCK_OCTETS : TCP_BLOCK_OCTETS;
  return {
    udp,
    seconds: numberIn(json, 'time', 0, 0, 86_400),
    omitSeconds: numberIn(json, 'omit', 0, 0, 600),
    octets: numberIn(json, 'num', 0, 0, Number.MAX_SAFE_INTEGER),
    blocks: numberIn(json, 'blockcount', 0, 0, Number.MAX_SAFE_INTEGER),
    parallel,
    reverse: json['reverse'] === true || json['reverse'] === 1,
    bidirectional: json['bidirectional'] === true || json['bidirectional'] === 1,
    blockOctets: numberIn(json, 'len', usual, least, most),
    bitsPerSecond: numberIn(json, 'bandwidth', 0, 0, 1e15),
    windowOctets: optionalIn(json, 'window', 4096, 67_108_864),
    congestion: typeof json['congestion'] === 'string' ? json['congestion'] : undefined,
    noDelay: json['nodelay'] === true || json['nodelay'] === 1,
    maximumSegmentSize: optionalIn(json, 'MSS', 88, 65_495),
    wideCounters: json['udp_counters_64bit'] === true || json['udp_counters_64bit'] === 1,
  };
}

function numberIn(
  json: Readonly<Record<string, unknown>>,
  name: string,
  usual: number,
  least: number,
  most: number,
): number {
  const value = json[name] ?? usual;
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw iperfError(
    `the client's ${name} is ${JSON.stringify(value)}; it may be ${least} to ${most}`,
  );
}

function optionalIn(
  json: Readonly<Record<string, unknown>>,
  name: string,
  least: number,
  most: number,
): number | undefined {
  return json[name] ? numberIn(json, name, least, least, most) : undefined;
}
