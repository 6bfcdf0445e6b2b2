/**
 * One-line builders: a peer whose core has a connection in each state of RFC 9293 3.3.2. Segments
 * and indications up to there are already taken.
 */
import { TcpPeer, type TcpPeerOptions } from './tcp-peer.ts';

/** CLOSED: the core has no socket. */
export function closed(options: TcpPeerOptions = {}): TcpPeer {
  return new TcpPeer(options);
}

/** LISTEN on port 80. */
export function listening(options: TcpPeerOptions = {}, backlog = 16): TcpPeer {
  return quiet(new TcpPeer(options).listen(backlog));
}

/** SYN-SENT: SND.NXT = 1. */
export function synSent(options: TcpPeerOptions = {}): TcpPeer {
  return quiet(new TcpPeer(options).connect());
}

/** SYN-RECEIVED by a passive open: RCV.NXT = 1, SND.NXT = 1. */
export function synReceived(options: TcpPeerOptions = {}): TcpPeer {
  const peer = listening(options);
  injectSyn(peer);
  return quiet(peer);
}

/** SYN-RECEIVED by a simultaneous open: each side has the other's SYN. */
export function synReceivedBySimultaneousOpen(options: TcpPeerOptions = {}): TcpPeer {
  const peer = synSent(options);
  injectSyn(peer);
  return quiet(peer);
}

/** ESTABLISHED by a passive open, accepted: RCV.NXT = 1, SND.NXT = 1. */
export function established(options: TcpPeerOptions = {}): TcpPeer {
  const peer = synReceived(options);
  peer.inject('ACK', { seq: 1, ack: 1, win: peer.synWindow, options: timestampsFor(peer) });
  peer.accept();
  return quiet(peer);
}

/** ESTABLISHED by an active open. */
export function establishedByConnect(options: TcpPeerOptions = {}): TcpPeer {
  const peer = synSent(options);
  peer.inject('SYN,ACK', { seq: 0, ack: 1, win: peer.synWindow, options: peer.synOptions });
  return quiet(peer);
}

/** FIN-WAIT-1: our FIN has the number 1, SND.NXT = 2. */
export function finWait1(options: TcpPeerOptions = {}): TcpPeer {
  const peer = established(options);
  peer.ask('shutdown');
  return quiet(peer);
}

/** FIN-WAIT-2: our FIN is acknowledged. */
export function finWait2(options: TcpPeerOptions = {}): TcpPeer {
  const peer = finWait1(options);
  peer.inject('ACK', { seq: 1, ack: 2, options: timestampsFor(peer) });
  return quiet(peer);
}

/** CLOSING: the FINs have crossed; ours is not acknowledged. RCV.NXT = 2. */
export function closing(options: TcpPeerOptions = {}): TcpPeer {
  const peer = finWait1(options);
  peer.inject('FIN,ACK', { seq: 1, ack: 1, options: timestampsFor(peer) });
  return quiet(peer);
}

/** TIME-WAIT after our close: RCV.NXT = 2, SND.NXT = 2. */
export function timeWait(options: TcpPeerOptions = {}): TcpPeer {
  const peer = finWait2(options);
  peer.inject('FIN,ACK', { seq: 1, ack: 2, options: timestampsFor(peer) });
  return quiet(peer);
}

/** CLOSE-WAIT: the peer's FIN has arrived. RCV.NXT = 2, SND.NXT = 1. */
export function closeWait(options: TcpPeerOptions = {}): TcpPeer {
  const peer = established(options);
  peer.inject('FIN,ACK', { seq: 1, ack: 1, options: timestampsFor(peer) });
  return quiet(peer);
}

/** LAST-ACK: the peer's FIN has arrived, then ours was sent. RCV.NXT = 2, SND.NXT = 2. */
export function lastAck(options: TcpPeerOptions = {}): TcpPeer {
  const peer = closeWait(options);
  peer.ask('shutdown');
  return quiet(peer);
}

/** The builders of the states in which both sides are synchronized, by name. */
export const SYNCHRONIZED_STATES = {
  ESTABLISHED: established,
  'FIN-WAIT-1': finWait1,
  'FIN-WAIT-2': finWait2,
  'CLOSE-WAIT': closeWait,
  CLOSING: closing,
  'LAST-ACK': lastAck,
  'TIME-WAIT': timeWait,
} as const;

/** The builders of all states. */
export const ALL_STATES = {
  CLOSED: closed,
  LISTEN: listening,
  'SYN-SENT': synSent,
  'SYN-RECEIVED': synReceived,
  ...SYNCHRONIZED_STATES,
} as const;

function injectSyn(peer: TcpPeer): void {
  peer.inject('SYN', { seq: 0, win: peer.synWindow, options: peer.synOptions });
}

/** Timestamps for a segment of a peer whose SYN had them: one tick after the SYN's. */
function timestampsFor(peer: TcpPeer) {
  const { timestamps } = peer.synOptions;
  if (timestamps === undefined) return {};
  return { timestamps: { value: timestamps.value + 1, echo: peer.coreTimestamp } };
}

function quiet(peer: TcpPeer): TcpPeer {
  peer.sent();
  peer.told();
  return peer;
}
