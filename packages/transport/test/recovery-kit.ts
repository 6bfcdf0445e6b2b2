import { synReceived, type TcpPeer, type TcpPeerOptions } from '@strata/simulator';
import type { TcpInfo } from '../src/tcp-info.ts';

export const MSS = 1460;
export const RTT_MS = 100;

/** First sequence number of the n-th segment, from 1. */
export const at = (n: number) => 1 + (n - 1) * MSS;

/**
 * ESTABLISHED with SACK and Reno, after a handshake of 100 ms: SRTT and the minimum round trip are
 * 100 ms, the RTO is 300 ms.
 */
export function afterRoundTrip(options: TcpPeerOptions = {}): TcpPeer {
  const peer = synReceived({
    maxPduOctets: 1,
    synOptions: { mss: MSS, sackPermitted: true },
    ...options,
    sysctl: { tcp_congestion_control: 'reno', ...options.sysctl },
  });
  peer.advance(RTT_MS);
  peer.inject('ACK', { seq: 1, ack: 1 });
  peer.accept();
  peer.sent();
  peer.told();
  return peer;
}

/**
 * The peer acknowledges all data before segment `ack`, and SACKs these ranges of segments, each
 * without its end.
 */
export function sack(
  peer: TcpPeer,
  ack: number,
  ...ranges: (readonly [number, number])[]
): string[] {
  const blocks = ranges.map(([from, to]) => ({
    left: (peer.coreIss + at(from)) >>> 0,
    right: (peer.coreIss + at(to)) >>> 0,
  }));
  const options = blocks.length === 0 ? {} : { sack: blocks };
  peer.inject('ACK', { seq: 1, ack: at(ack), options });
  return segmentsOf(peer.sent());
}

/** The segments in these lines, by number: `3`, or `202 3` with the time before it. */
export function segmentsOf(lines: readonly string[]): string[] {
  return lines.map((line) => {
    const [, time = '', seq, len] = /^(\d+ )?.*seq=(\d+) .*len=(\d+)$/.exec(line) ?? [];
    if (seq === undefined) return line;
    const n = (Number(seq) - 1) / MSS + 1;
    return `${time}${n}${Number(len) === MSS ? '' : ` (${len})`}`;
  });
}

export function infoOf(peer: TcpPeer): TcpInfo {
  return peer.core.sockets().find((socket) => socket.tcp !== undefined)!.tcp!;
}
