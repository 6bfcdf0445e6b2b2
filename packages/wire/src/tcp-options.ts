import { readUint16, readUint32, writeUint16, writeUint32 } from './bytes.ts';

export const TCP_OPTION_END = 0;
export const TCP_OPTION_NOP = 1;
export const TCP_OPTION_MSS = 2;
export const TCP_OPTION_WINDOW_SCALE = 3;
export const TCP_OPTION_SACK_PERMITTED = 4;
export const TCP_OPTION_SACK = 5;
export const TCP_OPTION_TIMESTAMPS = 8;
export const TCP_OPTION_USER_TIMEOUT = 28;
/** Maximum octets of options: the data offset is at most 15 words (RFC 9293 3.1). */
export const TCP_MAX_OPTIONS_OCTETS = 40;

/**
 * A block of octets that were received out of order: from `left` to before `right` (RFC 2018 3).
 */
export interface SackBlock {
  readonly left: number;
  readonly right: number;
}

/** The options of a segment that Strata knows. A field is undefined if the option is absent. */
export interface TcpOptions {
  /** Octets, 0 to 65,535 (RFC 9293 3.7.1). */
  readonly mss?: number | undefined;
  /** Shift count as received, 0 to 255; above 14 the receiver uses 14 (RFC 7323 2.3). */
  readonly windowScale?: number | undefined;
  readonly sackPermitted?: boolean | undefined;
  /** One to four blocks (RFC 2018 3). */
  readonly sack?: readonly SackBlock[] | undefined;
  /** TSval and TSecr (RFC 7323 3.2). */
  readonly timestamps?: { readonly value: number; readonly echo: number } | undefined;
  /** The user timeout in seconds, 1 to 1,966,020; above 32,767 in whole minutes (RFC 5482 3). */
  readonly userTimeoutSeconds?: number | undefined;
}

const NONE: TcpOptions = {};

/**
 * Parses the options: the octets between the fixed header and the data. Unknown options are skipped
 * by their length (RFC 9293 3.1, MUST-6); an option with an illegal length ends the list (MUST-7),
 * and the options before it are valid.
 */
export function parseTcpOptions(bytes: Uint8Array): TcpOptions {
  if (bytes.byteLength === 0) return NONE;
  const options: { -readonly [Key in keyof TcpOptions]: TcpOptions[Key] } = {};
  let at = 0;
  while (at < bytes.byteLength) {
    const kind = bytes[at]!;
    if (kind === TCP_OPTION_END) break;
    if (kind === TCP_OPTION_NOP) {
      at += 1;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (length < 2 || at + length > bytes.byteLength) break;
    if (kind === TCP_OPTION_MSS && length === 4) options.mss = readUint16(bytes, at + 2);
    else if (kind === TCP_OPTION_WINDOW_SCALE && length === 3) options.windowScale = bytes[at + 2]!;
    else if (kind === TCP_OPTION_SACK_PERMITTED && length === 2) options.sackPermitted = true;
    else if (kind === TCP_OPTION_TIMESTAMPS && length === 10) {
      options.timestamps = { value: readUint32(bytes, at + 2), echo: readUint32(bytes, at + 6) };
    } else if (kind === TCP_OPTION_USER_TIMEOUT && length === 4) {
      options.userTimeoutSeconds = parseUserTimeout(readUint16(bytes, at + 2));
    } else if (kind === TCP_OPTION_SACK && length >= 10 && length % 8 === 2) {
      options.sack = parseSackBlocks(bytes.subarray(at + 2, at + length));
    }
    at += length;
  }
  return options;
}

function parseSackBlocks(bytes: Uint8Array): SackBlock[] {
  const blocks: SackBlock[] = [];
  for (let at = 0; at < bytes.byteLength; at += 8) {
    blocks.push({ left: readUint32(bytes, at), right: readUint32(bytes, at + 4) });
  }
  return blocks;
}

/**
 * RFC 5482 3: the highest bit means that the value is in minutes. 0 is reserved, and the option is
 * ignored.
 */
function parseUserTimeout(field: number): number | undefined {
  const count = field & 0x7fff;
  if (count === 0) return undefined;
  return (field & 0x8000) === 0 ? count : count * 60;
}

function userTimeoutField(seconds: number): number {
  if (seconds <= 0x7fff) return Math.max(1, Math.round(seconds));
  return 0x8000 | Math.min(0x7fff, Math.ceil(seconds / 60));
}

/** Octets that `emitTcpOptions` writes for these options, a multiple of 4. */
export function tcpOptionsOctets(options: TcpOptions): number {
  let octets = 0;
  if (options.mss !== undefined) octets += 4;
  if (options.windowScale !== undefined) octets += 4;
  if (options.timestamps !== undefined) octets += 12;
  else if (options.sackPermitted) octets += 4;
  if (options.userTimeoutSeconds !== undefined) octets += 4;
  if (options.sack !== undefined && options.sack.length > 0) octets += 4 + 8 * options.sack.length;
  return octets;
}

/**
 * Writes the options at the start of `into`, aligned by NOPs as Linux's tcp_options_write() does.
 * Returns the octets written. The caller keeps them within {@link TCP_MAX_OPTIONS_OCTETS}: with
 * timestamps, at most three SACK blocks.
 */
export function emitTcpOptions(into: Uint8Array, options: TcpOptions): number {
  let at = 0;
  if (options.mss !== undefined) {
    into[at] = TCP_OPTION_MSS;
    into[at + 1] = 4;
    writeUint16(into, at + 2, options.mss);
    at += 4;
  }
  if (options.timestamps !== undefined) {
    at = emitTimestamps(into, at, options.timestamps, options.sackPermitted === true);
  } else if (options.sackPermitted) {
    into[at] = TCP_OPTION_NOP;
    into[at + 1] = TCP_OPTION_NOP;
    into[at + 2] = TCP_OPTION_SACK_PERMITTED;
    into[at + 3] = 2;
    at += 4;
  }
  if (options.windowScale !== undefined) {
    into[at] = TCP_OPTION_NOP;
    into[at + 1] = TCP_OPTION_WINDOW_SCALE;
    into[at + 2] = 3;
    into[at + 3] = options.windowScale;
    at += 4;
  }
  if (options.userTimeoutSeconds !== undefined) {
    into[at] = TCP_OPTION_USER_TIMEOUT;
    into[at + 1] = 4;
    writeUint16(into, at + 2, userTimeoutField(options.userTimeoutSeconds));
    at += 4;
  }
  return emitSack(into, at, options.sack);
}

function emitTimestamps(
  into: Uint8Array,
  at: number,
  timestamps: { readonly value: number; readonly echo: number },
  withSackPermitted: boolean,
): number {
  into[at] = withSackPermitted ? TCP_OPTION_SACK_PERMITTED : TCP_OPTION_NOP;
  into[at + 1] = withSackPermitted ? 2 : TCP_OPTION_NOP;
  into[at + 2] = TCP_OPTION_TIMESTAMPS;
  into[at + 3] = 10;
  writeUint32(into, at + 4, timestamps.value);
  writeUint32(into, at + 8, timestamps.echo);
  return at + 12;
}

function emitSack(into: Uint8Array, start: number, sack: readonly SackBlock[] | undefined): number {
  if (sack === undefined || sack.length === 0) return start;
  let at = start;
  into[at] = TCP_OPTION_NOP;
  into[at + 1] = TCP_OPTION_NOP;
  into[at + 2] = TCP_OPTION_SACK;
  into[at + 3] = 2 + 8 * sack.length;
  at += 4;
  for (const block of sack) {
    writeUint32(into, at, block.left);
    writeUint32(into, at + 4, block.right);
    at += 8;
  }
  return at;
}
