import { z } from 'zod';
import { hostSchema, portSchema, secondsSchema } from '../options.ts';

const headerSchema = z.tuple([z.string().min(1).max(256), z.string().max(16_384)]);

export const curlSchema = z.strictObject({
  /** http: or https:. */
  url: z.string().min(1).max(16_384),
  method: z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/, 'an HTTP method'),
  /** The fields of the request, in this order, without Host. */
  headers: z.array(headerSchema).max(256),
  /** Standard input is the body, of `uploadOctets`; without a number it is chunked. */
  upload: z.boolean().default(false),
  uploadOctets: z.number().int().min(0).optional(),
  /** Writes the response's header before the body. */
  include: z.boolean().default(false),
  /** Follows redirects, up to this number; 0: none. */
  redirects: z.int().min(0).max(1000).default(0),
  /** A response of 400 and above is a failure, and its body is not written. */
  fail: z.boolean().default(false),
  /** HOST:PORT and the address that stands for it. */
  resolve: z
    .array(z.tuple([hostSchema, portSchema, z.ipv4()]))
    .max(64)
    .default([]),
  /** Octets per second, each way. */
  limitRate: z.number().min(1).optional(),
  maxTimeSeconds: secondsSchema.optional(),
  connectTimeoutSeconds: secondsSchema.optional(),
  /** Takes any certificate. */
  insecure: z.boolean().default(false),
  /** Certificates, PEM, that are trusted in place of the usual ones. */
  authorities: z.string().max(32_768).optional(),
  localAddress: z.ipv4().optional(),
});

/** A transfer: one URL. */
export type CurlOptions = z.input<typeof curlSchema>;
export type CurlParsed = z.output<typeof curlSchema>;

/** What is known of a transfer at its end; times in seconds since its start, sizes in octets. */
export interface CurlFigures {
  readonly http_code: number;
  readonly time_namelookup: number;
  readonly time_connect: number;
  readonly time_appconnect: number;
  readonly time_pretransfer: number;
  readonly time_starttransfer: number;
  readonly time_redirect: number;
  readonly time_total: number;
  readonly size_download: number;
  readonly size_upload: number;
  readonly size_header: number;
  readonly size_request: number;
  readonly speed_download: number;
  readonly speed_upload: number;
  readonly num_redirects: number;
  readonly num_connects: number;
  readonly content_type: string;
  readonly http_version: string;
  readonly method: string;
  readonly scheme: string;
  readonly url: string;
  readonly url_effective: string;
  readonly redirect_url: string;
  readonly remote_ip: string;
  readonly remote_port: number;
  readonly local_ip: string;
  readonly local_port: number;
  readonly exitcode: number;
  readonly errormsg: string;
}

/** What curl -v tells, and the end. Header lines have no line ends. */
export type CurlEvent =
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'request'; readonly lines: readonly string[] }
  | {
      readonly kind: 'response';
      readonly lines: readonly string[];
      /** Of the body, if known. */
      readonly octets: number | null;
    }
  | { readonly kind: 'done'; readonly figures: CurlFigures };
