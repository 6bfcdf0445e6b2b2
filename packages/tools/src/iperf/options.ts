import { z } from 'zod';
import { hostSchema, portSchema, secondsSchema } from '../options.ts';

/** The port of iperf3. */
const IPERF_PORT = 5201;

export const iperfSchema = z.strictObject({
  /** The server to test against. Undefined: this side is the server. */
  host: hostSchema.optional(),
  port: portSchema.default(IPERF_PORT),
  /** Address of this side. */
  bind: z.ipv4().optional(),
  intervalSeconds: secondsSchema.default(1),
  /** A server ends after one test. */
  oneOff: z.boolean().default(false),
  udp: z.boolean().default(false),
  /** How long to send; 0: until `octets` or `blocks` are sent. */
  seconds: secondsSchema.default(10),
  octets: z.number().int().min(0).default(0),
  blocks: z.number().int().min(0).default(0),
  /** Octets of a write, or of a datagram. Default: 128 Ki, or what the path's MSS is for UDP. */
  blockOctets: z.int().min(16).max(1_048_576).optional(),
  parallel: z.int().min(1).max(64).default(1),
  /** The server sends. */
  reverse: z.boolean().default(false),
  /** Both send. */
  bidirectional: z.boolean().default(false),
  /** Of each stream; 0: as fast as it goes. Default: 1 Mi for UDP, else 0. */
  bitsPerSecond: z.number().min(0).optional(),
  /** What is sent in this time at the start does not count. */
  omitSeconds: z.number().min(0).max(600).default(0),
  /** Socket buffers, octets. */
  windowOctets: z.int().min(4096).max(67_108_864).optional(),
  congestion: z.string().max(32).optional(),
  noDelay: z.boolean().default(false),
  maximumSegmentSize: z.int().min(88).max(65_495).optional(),
  connectSeconds: secondsSchema.default(10),
});

/** The options of iperf. */
export type IperfOptions = z.input<typeof iperfSchema>;
export type IperfParsed = z.output<typeof iperfSchema>;
