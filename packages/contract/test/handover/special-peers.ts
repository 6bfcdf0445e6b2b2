/**
 * Connections with state that neither a single TCP state nor a simulated run is sure to produce.
 */
import { closed, synReceived, type TcpPeer, type TcpPeerOptions } from '@strata/simulator';
import { PEER_OPTIONS, talking } from './peer-circumstances.ts';

interface SpecialPeer {
  readonly options: TcpPeerOptions;
  readonly build: () => TcpPeer;
}

function special(
  prepare: (peer: TcpPeer) => void,
  options = PEER_OPTIONS,
  begin: (options: TcpPeerOptions) => TcpPeer = talking,
): SpecialPeer {
  return {
    options,
    build: () => {
      const peer = begin(options);
      prepare(peer);
      return peer;
    },
  };
}

const stamp = (peer: TcpPeer, value = 720) => ({
  options: { timestamps: { value, echo: peer.coreTimestamp } },
});

const [UNREACHABLE, HOST, TOO_BIG] = [3, 1, 4];

/** The peer's SYN is in the SYN queue; the handshake's last ACK has not come. */
const inQueue = (options: TcpPeerOptions) => synReceived(options);

const MSS = 988;
/** The first sequence number of the n-th segment, from 1, after the earlier data. */
const at = (n: number) => 3001 + (n - 1) * MSS;

/**
 * Acknowledges up to the n-th segment. `sack`: SACK blocks, counted in segments. `echo`: the
 * timestamp of the transmission that it answers.
 */
function acknowledge(peer: TcpPeer, n: number, echo: number, ...sack: [number, number][]): void {
  const number = (k: number) => (peer.coreIss + at(k)) >>> 0;
  const blocks = sack.map(([left, right]) => ({ left: number(left), right: number(right) }));
  const timestamps = { value: 720, echo };
  const options = blocks.length > 0 ? { timestamps, sack: blocks } : { timestamps };
  peer.inject('ACK', { seq: 51, ack: at(n), win: 60_000, options });
}

/**
 * Ten segments are in flight. The first ones were deemed lost and retransmitted, but were only late
 * (RFC 3522).
 */
function onlyLate(peer: TcpPeer): void {
  peer.advance(200);
  peer.write(100 * MSS);
  const original = peer.coreTimestamp;
  peer.advance(40);
  acknowledge(peer, 1, original, [8, 11]);
  peer.advance(1);
  acknowledge(peer, 2, original, [8, 11]);
}

/**
 * Conservative slow start of HyStart++ (RFC 9406): the round-trip time grows from one window to the
 * next.
 */
function slowingDown(peer: TcpPeer): void {
  peer.advance(20);
  peer.inject('ACK', { seq: 1, ack: 1, ...stamp(peer, 701) });
  peer.accept();
  peer.write(2_000_000);
  for (const rttMs of [20, 20, 32, 33, 34]) {
    const segments = peer.sentSegments();
    peer.advance(rttMs);
    for (const { sequence, payload } of segments) {
      const ack = sequence - peer.coreIss + payload.byteLength;
      peer.inject('ACK', { seq: 1, ack, win: 60_000, ...stamp(peer) });
    }
  }
}

/** A SYN with a nonzero acknowledgment number, as some stacks send it. */
function synWithNumber(peer: TcpPeer): void {
  const syn = peer.make('SYN', { seq: 0, options: peer.synOptions });
  syn.set([1, 2, 3, 4], 8);
  peer.injectRaw(syn, { checksum: 'verified' });
}

export const SPECIAL_PEERS: Readonly<Record<string, SpecialPeer>> = {
  'a soft error': special((peer) => {
    peer.write(500);
    peer.injectError(UNREACHABLE, HOST);
  }),
  'a duplicate that is not reported yet': special((peer) => {
    peer.write(100);
    peer.write(50);
    // The data that Nagle's algorithm releases now carries the ACK, but no SACK.
    peer.inject('ACK', { seq: 1, ack: 3101, data: 100, ...stamp(peer) });
  }),
  'a path MTU that is not believed yet': special((peer) => {
    peer.write(3 * MSS);
    peer.injectError(UNREACHABLE, TOO_BIG, { mtu: 600, seq: 3001 });
  }),
  'urgent data that is not reported yet': special(
    (peer) => {
      peer.inject('ACK', { seq: 1, ack: 1, ...stamp(peer, 701) });
      peer.inject('URG,ACK', { seq: 1, data: 20, urg: 5, ...stamp(peer) });
      peer.inject('URG,ACK', { seq: 21, data: 20, urg: 100, ...stamp(peer) });
    },
    PEER_OPTIONS,
    inQueue,
  ),
  'an urgent octet that is not reported yet': special(
    (peer) => {
      peer.inject('ACK', { seq: 1, ack: 1, ...stamp(peer, 701) });
      peer.inject('URG,ACK', { seq: 1, data: 20, urg: 5, ...stamp(peer) });
    },
    PEER_OPTIONS,
    inQueue,
  ),
  'congestion marks in both directions': special(
    (peer) => {
      peer.listen();
      peer.inject('SYN,ECE,CWR', { seq: 0, win: 60_000, options: peer.synOptions });
      peer.inject('ACK', { seq: 1, ack: 1, ...stamp(peer, 701) });
      peer.accept();
      peer.write(2000);
      peer.inject('ECE,ACK', { seq: 1, data: 100, ack: 900, ecn: 3, ...stamp(peer) });
    },
    PEER_OPTIONS,
    closed,
  ),
  'a growing round-trip time': special(slowingDown, { ...PEER_OPTIONS, maxPduOctets: 1 }, inQueue),
  'segments that were only late': special(onlyLate),
  'a retransmission that arrived twice': special((peer) => {
    onlyLate(peer);
    acknowledge(peer, 3, peer.coreTimestamp, [1, 2], [8, 11]);
  }),
  'F-RTO': special((peer) => {
    peer.write(100 * MSS);
    peer.advance(260);
    acknowledge(peer, 2, peer.coreTimestamp);
  }),
  'a duplicate SYN': special(
    (peer) => peer.inject('SYN', { seq: 0, win: 60_000, options: peer.synOptions }),
    {
      ...PEER_OPTIONS,
      synOptions: {
        ...PEER_OPTIONS.synOptions,
        timestamps: { value: 700, echo: 5 },
        userTimeoutSeconds: 300,
      },
    },
    inQueue,
  ),
  'a SYN with an acknowledgment number': special(
    (peer) => synWithNumber(peer.listen()),
    PEER_OPTIONS,
    closed,
  ),
  'TIME-WAIT that has answered': special((peer) => {
    peer.ask('shutdown');
    peer.inject('ACK', stamp(peer));
    peer.inject('FIN,ACK', { seq: 51, ...stamp(peer, 740) });
    peer.inject('ACK', { seq: 200_000, ...stamp(peer, 740) });
  }),
  'a challenge ACK': special((peer) => peer.inject('SYN', { seq: 60, ...stamp(peer) }), {
    ...PEER_OPTIONS,
    sysctl: { ...PEER_OPTIONS.sysctl, tcp_challenge_ack_limit: 10 },
  }),
};
