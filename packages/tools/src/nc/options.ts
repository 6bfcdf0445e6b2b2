import { z } from 'zod';
import { hostSchema, portSchema, secondsSchema } from '../options.ts';

/** Most ports of one scan. */
const MAX_RANGES = 64;

export const ncSchema = z.strictObject({
  /** Where to connect to; with `listen` the address to listen on. */
  host: hostSchema.optional(),
  /** Ports to connect to, first and last, in this order; with `listen` one. */
  ports: z
    .array(z.tuple([portSchema, portSchema]))
    .min(1)
    .max(MAX_RANGES),
  listen: z.boolean().default(false),
  /** With `listen`: goes on with the next connection. */
  keep: z.boolean().default(false),
  udp: z.boolean().default(false),
  /** Only looks whether the ports are open. */
  scan: z.boolean().default(false),
  /** Ends the sending side at the end of standard input. */
  shutdown: z.boolean().default(false),
  /** Standard input is not read. */
  noInput: z.boolean().default(false),
  sourcePort: portSchema.optional(),
  sourceAddress: z.ipv4().optional(),
  /** Longest wait for a connection, and without data. */
  timeoutSeconds: secondsSchema.optional(),
  /** Ends this long after the end of standard input. */
  quitSeconds: secondsSchema.optional(),
  /** Datagrams may go to 255.255.255.255. */
  broadcast: z.boolean().default(false),
  /** Ends after this number of packets from the peer. */
  receiveLimit: z.int().min(1).max(1e9).optional(),
  /** Sends CR LF for each LF. */
  crlf: z.boolean().default(false),
});

/** The options of nc, in Strata's words. */
export type NcOptions = z.input<typeof ncSchema>;
export type NcParsed = z.output<typeof ncSchema>;

/** What nc -v tells. */
export type NcEvent =
  | {
      readonly kind: 'listening';
      readonly host: string;
      readonly port: number;
      readonly udp: boolean;
    }
  | { readonly kind: 'received'; readonly host: string; readonly port: number }
  | {
      readonly kind: 'connected';
      readonly host: string;
      readonly port: number;
      readonly udp: boolean;
    }
  | {
      readonly kind: 'failed';
      readonly host: string;
      readonly port: number;
      readonly udp: boolean;
      /** `ECONNREFUSED`, … */
      readonly code: string;
    };
