import type { TcpOptions } from '@strata/wire';
import { cookieMask, cookieMinuteMask, timestampOffset } from '../../isn.ts';
import { answering, dropTcp } from '../../outcomes.ts';
import { MAX_WINDOW_SHIFT } from '../arrive/receive-window.ts';
import type { ArrivedSegment } from '../arrive/segment.ts';
import type { ConnectionRequest, PeerSyn } from '../state/connection-request.ts';
import { DEFAULT_MSS_OCTETS } from '../state/create-tcb.ts';
import type { Listener, ListenerMember } from '../state/listener.ts';
import { seqAdd, seqDiff } from '../state/sequence.ts';
import type { SocketAddress } from '../state/socket.ts';
import type { TcpContext } from '../tcp-context.ts';
import { createConnectionRequest, emitSynAck, receiveOffer } from './connection-request.ts';
import { agreedSyn } from './handshake.ts';

/**
 * Answers a SYN with a SYN,ACK whose sequence number is a cookie. Nothing is kept except the time.
 */
export function sendCookie(
  context: TcpContext,
  listener: Listener,
  member: ListenerMember,
  segment: ArrivedSegment,
  nowMs: number,
): void {
  const local = { address: segment.destination, port: segment.destinationPort };
  const remote = { address: segment.source, port: segment.sourcePort };
  const syn = withoutWhatCookiesForget(agreedSyn(context.sysctl, segment));
  const { timestamps, mss } = syn.options;
  const offset = timestampOffset(context.secret, local.address, remote.address);
  const clock = Math.floor(nowMs);
  const bits = timestampWithOptions(clock, syn.options, syn.ecn);
  const synAck = {
    local,
    remote,
    iss: makeCookie(context.secret, local, remote, syn.segSeq, mss ?? DEFAULT_MSS_OCTETS, nowMs),
    rcvNxt: seqAdd(syn.segSeq, 1),
    syn,
    tsRecent: timestamps?.value ?? 0,
    ...receiveOffer(context, syn, member.options),
  };
  listener.cookieSentMs = nowMs;
  answering(context, 'strata/SYN_COOKIE');
  emitSynAck(context, synAck, member.options, (bits + offset) >>> 0);
}

/** Without timestamps a cookie holds only the MSS. */
function withoutWhatCookiesForget(syn: PeerSyn): PeerSyn {
  const { mss, timestamps } = syn.options;
  if (timestamps !== undefined) return syn;
  const { segSeq, segAck, segWnd } = syn;
  return { segSeq, segAck, segWnd, ecn: false, options: { mss } };
}

/**
 * The connection request that the segment's ACK returns as a cookie. Undefined if no cookie can be
 * outstanding, or the cookie is not valid.
 */
export function connectionOfCookie(
  context: TcpContext,
  listener: Listener,
  member: ListenerMember,
  segment: ArrivedSegment,
  nowMs: number,
): ConnectionRequest | undefined {
  const { sysctl, counters, secret } = context;
  if (sysctl.tcp_syncookies === 0 || nowMs - listener.cookieSentMs > COOKIE_VALID_MS) {
    dropTcp(context, 'TCP_FLAGS');
    return undefined;
  }
  const local = { address: segment.destination, port: segment.destinationPort };
  const remote = { address: segment.source, port: segment.sourcePort };
  const iss = seqAdd(segment.segAck, -1);
  const irs = seqAdd(segment.segSeq, -1);
  const mss = readCookie(secret, local, remote, irs, iss, nowMs);
  const offset = timestampOffset(secret, local.address, remote.address);
  const syn = mss === undefined ? undefined : synOf(context, segment, irs, mss, offset);
  if (syn === undefined) {
    dropTcp(context, 'strata/SYN_COOKIE_INVALID');
    return undefined;
  }
  counters.SyncookiesRecv += 1;
  const seed = { local, remote, listener: member.socket, iss, timestampOffset: offset, syn };
  const request = createConnectionRequest(context, { ...seed, options: member.options }, nowMs);
  // The round trip is not known; the SYN,ACK was sent once.
  request.transmissions = 1;
  return request;
}

/**
 * The SYN as the cookie and the echoed timestamp describe it. Undefined if they describe options
 * that we never accept.
 */
function synOf(
  { sysctl }: TcpContext,
  segment: ArrivedSegment,
  irs: number,
  mss: number,
  offset: number,
): PeerSyn | undefined {
  const { timestamps } = segment.options;
  const syn = { segSeq: irs, segAck: 0, segWnd: segment.segWnd };
  if (timestamps === undefined) return { ...syn, ecn: false, options: { mss } };
  const { windowScale, sackPermitted, ecn } = optionsOfTimestamp(
    seqDiff(timestamps.echo, offset) >>> 0,
  );
  // A forged echo may describe options that the sysctls turn off.
  if (sysctl.tcp_timestamps === 0) return undefined;
  if (sackPermitted && sysctl.tcp_sack === 0) return undefined;
  if (windowScale !== undefined && sysctl.tcp_window_scaling === 0) return undefined;
  return { ...syn, ecn, options: { mss, windowScale, sackPermitted, timestamps } };
}

/**
 * SYN cookies (Bernstein 1996; RFC 4987 3.6), in Linux's form: the sequence number of the SYN,ACK
 * holds all that is needed of the connection, so that the stack keeps nothing. The top octet counts
 * minutes; the low 24 bits hold the MSS, masked by a keyed hash.
 */

/** The MSS values that a cookie can hold: the largest one not above the peer's is used. */
const MSS_TABLE = [536, 1300, 1440, 1460] as const;

/** Minutes for which a cookie is valid: the present one and the one before. */
const MAX_AGE_MINUTES = 2;

/**
 * ACKs without a connection are checked for a cookie only for this long after the last cookie was
 * sent.
 */
const COOKIE_VALID_MS = MAX_AGE_MINUTES * 60_000;

/**
 * The cookie for the SYN with sequence number `irs` from `remote`. `mss`: the MSS it announces,
 * octets.
 */
export function makeCookie(
  secret: Uint8Array,
  local: SocketAddress,
  remote: SocketAddress,
  irs: number,
  mss: number,
  nowMs: number,
): number {
  let index = MSS_TABLE.length - 1;
  while (index > 0 && MSS_TABLE[index]! > mss) index -= 1;
  const minute = minuteOf(nowMs);
  const data = (cookieMinuteMask(secret, local, remote, irs, minute) + index) & 0xffffff;
  return (cookieMask(secret, local, remote) + irs + (minute << 24) + data) >>> 0;
}

/** The MSS in the cookie, octets; undefined if the cookie is not ours or too old. */
export function readCookie(
  secret: Uint8Array,
  local: SocketAddress,
  remote: SocketAddress,
  irs: number,
  cookie: number,
  nowMs: number,
): number | undefined {
  const open = (cookie - cookieMask(secret, local, remote) - irs) >>> 0;
  const minute = minuteOf(nowMs);
  const age = (minute - (open >>> 24)) & 0xff;
  if (age >= MAX_AGE_MINUTES) return undefined;
  const mask = cookieMinuteMask(secret, local, remote, irs, (minute - age) >>> 0);
  return MSS_TABLE[(open - mask) & 0xffffff];
}

function minuteOf(nowMs: number): number {
  return Math.floor(nowMs / 60_000) >>> 0;
}

/**
 * The low bits of the SYN,ACK's timestamp hold the other options, in the format of Linux's
 * syncookies.c.
 */
const OPTION_BITS = 6;
const OPTION_MASK = (1 << OPTION_BITS) - 1;
const WINDOW_SHIFT_MASK = 0xf;
const NO_WINDOW_SCALING = 0xf;
const SACK_BIT = 1 << 4;
const ECN_BIT = 1 << 5;

/**
 * The timestamp clock with the agreed options in its low bits, 0 to 2^32 - 1. Never ahead of the
 * clock, so that timestamps never go back. `clock`: without the connection's offset, which the
 * caller adds.
 */
export function timestampWithOptions(clock: number, options: TcpOptions, ecn: boolean): number {
  const { windowScale } = options;
  const bits =
    (windowScale === undefined ? NO_WINDOW_SCALING : Math.min(windowScale, MAX_WINDOW_SHIFT)) |
    (options.sackPermitted === true ? SACK_BIT : 0) |
    (ecn ? ECN_BIT : 0);
  const high = clock - (clock % (OPTION_MASK + 1));
  const value = high + bits;
  return (value > clock ? value - (OPTION_MASK + 1) : value) >>> 0;
}

/** The options in the echo of such a timestamp. `echo`: without the connection's offset. */
export function optionsOfTimestamp(echo: number): {
  readonly windowScale: number | undefined;
  readonly sackPermitted: boolean;
  readonly ecn: boolean;
} {
  const shift = echo & WINDOW_SHIFT_MASK;
  return {
    windowScale: shift === NO_WINDOW_SCALING ? undefined : shift,
    sackPermitted: (echo & SACK_BIT) !== 0,
    ecn: (echo & ECN_BIT) !== 0,
  };
}
