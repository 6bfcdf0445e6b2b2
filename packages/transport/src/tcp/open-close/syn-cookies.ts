import { timestampOffset } from '../../isn.ts';
import type { ArrivedSegment } from '../arrive/segment.ts';
import type { TcpEnvironment } from '../environment.ts';
import type { HalfOpen, PeerSyn } from '../state/half-open.ts';
import type { Listener, ListenerMember } from '../state/listener.ts';
import { seqAdd, seqDiff } from '../state/sequence.ts';
import { DEFAULT_MSS_OCTETS } from '../state/tcb.ts';
import { createHalfOpen, emitSynAck, receiveOffer } from './half-open.ts';
import { agreedSyn } from './handshake.ts';
import {
  COOKIE_VALID_MS,
  makeCookie,
  optionsOfTimestamp,
  readCookie,
  timestampWithOptions,
} from './syn-cookie.ts';

/** Answers a SYN by a SYN,ACK whose number is a cookie, and keeps nothing but that one was sent. */
export function sendCookie(
  env: TcpEnvironment,
  listener: Listener,
  member: ListenerMember,
  segment: ArrivedSegment,
  nowMs: number,
): void {
  const local = { address: segment.destination, port: segment.destinationPort };
  const remote = { address: segment.source, port: segment.sourcePort };
  const syn = withoutWhatCookiesForget(agreedSyn(env.sysctl, segment));
  const { timestamps, mss } = syn.options;
  const offset = timestampOffset(env.secret, local.address, remote.address);
  const clock = Math.floor(nowMs);
  const bits = timestampWithOptions(clock, syn.options, syn.ecn);
  const synAck = {
    local,
    remote,
    iss: makeCookie(env.secret, local, remote, syn.segSeq, mss ?? DEFAULT_MSS_OCTETS, nowMs),
    rcvNxt: seqAdd(syn.segSeq, 1),
    syn,
    tsRecent: timestamps?.value ?? 0,
    ...receiveOffer(env, syn, member.options),
  };
  listener.cookieSentMs = nowMs;
  env.counters.SyncookiesSent += 1;
  emitSynAck(env, synAck, member.options, (bits + offset) >>> 0);
}

/** Without timestamps there is room for the MSS alone. */
function withoutWhatCookiesForget(syn: PeerSyn): PeerSyn {
  const { mss, timestamps } = syn.options;
  if (timestamps !== undefined) return syn;
  const { segSeq, segAck, segWnd } = syn;
  return { segSeq, segAck, segWnd, ecn: false, options: { mss } };
}

/**
 * The connection whose cookie the segment's ACK brings back, as the SYN queue would have it; undefined where no cookie can be out, or this is
 * none of ours.
 */
export function connectionOfCookie(
  env: TcpEnvironment,
  listener: Listener,
  member: ListenerMember,
  segment: ArrivedSegment,
  nowMs: number,
): HalfOpen | undefined {
  const { sysctl, counters, secret } = env;
  if (sysctl.tcp_syncookies === 0 || nowMs - listener.cookieSentMs > COOKIE_VALID_MS) {
    return undefined;
  }
  const local = { address: segment.destination, port: segment.destinationPort };
  const remote = { address: segment.source, port: segment.sourcePort };
  const iss = seqAdd(segment.segAck, -1);
  const irs = seqAdd(segment.segSeq, -1);
  const mss = readCookie(secret, local, remote, irs, iss, nowMs);
  const offset = timestampOffset(secret, local.address, remote.address);
  const syn = mss === undefined ? undefined : synOf(env, segment, irs, mss, offset);
  if (syn === undefined) {
    counters.SyncookiesFailed += 1;
    return undefined;
  }
  counters.SyncookiesRecv += 1;
  const seed = { local, remote, listener: member.socket, iss, timestampOffset: offset, syn };
  const halfOpen = createHalfOpen(env, { ...seed, options: member.options }, nowMs);
  // How long the round trip was, nobody knows; sent it was once.
  halfOpen.transmissions = 1;
  return halfOpen;
}

/** The SYN as far as the cookie and the echoed timestamp tell; undefined where they tell of what was never agreed. */
function synOf(
  { sysctl }: TcpEnvironment,
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
  // Whoever makes up an echo may hit on what the knobs forbid.
  if (sysctl.tcp_timestamps === 0) return undefined;
  if (sackPermitted && sysctl.tcp_sack === 0) return undefined;
  if (windowScale !== undefined && sysctl.tcp_window_scaling === 0) return undefined;
  return { ...syn, ecn, options: { mss, windowScale, sackPermitted, timestamps } };
}
