/**
 * Connections in each state of RFC 9293 3.3.2, with something pending. A scripted peer makes them,
 * the same each time.
 */
import {
  closed,
  listening,
  synReceived,
  synSent,
  type TcpPeer,
  type TcpPeerOptions,
} from '@strata/simulator';

export type Circumstance =
  | 'idle'
  | 'data unacknowledged'
  | 'a hole in what was received'
  | 'the window shut'
  | 'FIN pending'
  | 'urgent data pending';

type Prepare = (peer: TcpPeer) => void;

/** The peer's SYN offers all options. */
export const PEER_OPTIONS: TcpPeerOptions = {
  synOptions: {
    mss: 1000,
    windowScale: 2,
    sackPermitted: true,
    timestamps: { value: 700, echo: 0 },
  },
  sysctl: { tcp_ecn: 1, tcp_congestion_control: 'cubic' },
};

const stamp = (peer: TcpPeer, value = 710) => ({
  options: { timestamps: { value, echo: peer.coreTimestamp } },
});

/** The handshake, then some data both ways, all of it acknowledged. */
export function talking(options: TcpPeerOptions = PEER_OPTIONS): TcpPeer {
  const peer = synReceived(options);
  peer.inject('ACK', { seq: 1, ack: 1, ...stamp(peer, 701) });
  peer.accept();
  peer.write(3000);
  peer.advance(20);
  peer.inject('PSH,ACK', { seq: 1, data: 50, ...stamp(peer) });
  peer.advance(100);
  return peer;
}

/** The peer's next relative sequence number, after its 50 octets. */
const NEXT = 51;

/** What may be pending while this side still sends. */
const SENDING: Readonly<Record<Exclude<Circumstance, 'a hole in what was received'>, Prepare>> = {
  idle: () => {},
  'data unacknowledged': (peer) => {
    peer.write(2500);
    // One of three segments is SACKed, so that lost, SACKed and in-flight data must be kept apart.
    const sack = [{ left: peer.coreIss + 1 + 4000, right: peer.coreIss + 1 + 5000 }];
    const { options } = stamp(peer, 720);
    peer.inject('ACK', { ack: 3001, options: { ...options, sack } });
    peer.write(100);
  },
  'the window shut': (peer) => {
    peer.inject('ACK', { ack: 3001, win: 0, ...stamp(peer, 720) });
    peer.write(700);
    peer.advance(450);
  },
  'FIN pending': (peer) => {
    peer.inject('ACK', { ack: 3001, win: 0, ...stamp(peer, 720) });
    peer.write(700);
    peer.ask('shutdown');
  },
  'urgent data pending': (peer) => {
    peer.inject('ACK', { ack: 3001, win: 50, ...stamp(peer, 720) });
    writeUrgent(peer, 3000, 400);
  },
};

/** What may be pending while the peer still sends, whether this side sends or not. */
const RECEIVING: Readonly<Record<Circumstance, Prepare>> = {
  idle: () => {},
  'data unacknowledged': (peer) =>
    peer.inject('PSH,ACK', { seq: NEXT, data: 10, ...stamp(peer, 720) }),
  'a hole in what was received': (peer) => {
    peer.inject('ACK', { seq: NEXT + 300, data: 100, ...stamp(peer, 720) });
    peer.inject('ACK', { seq: NEXT + 100, data: 100, ...stamp(peer, 720) });
  },
  'the window shut': (peer) => {
    for (let at = 0; at < 4000; at += 1000) {
      peer.inject('ACK', { seq: NEXT + at, data: 1000, ...stamp(peer, 720) });
    }
  },
  'FIN pending': (peer) => peer.inject('FIN,ACK', { seq: NEXT + 40, ...stamp(peer, 720) }),
  'urgent data pending': (peer) =>
    peer.inject('URG,ACK', { seq: NEXT, data: 20, urg: 200, ...stamp(peer, 720) }),
};

/** The options of a socket with a closed window: little room, and its application takes nothing. */
const SHUT: TcpPeerOptions = {
  ...PEER_OPTIONS,
  socketOptions: { receiveBufferOctets: 3000 },
  creditOctets: 50,
};

function writeUrgent(peer: TcpPeer, offset: number, octets: number): void {
  const data = new Uint8Array(octets).fill(7);
  peer.request({ kind: 'send', socket: peer.socket, offset, data, push: true, urgent: true });
}

/** As `RECEIVING`. If both can be pending together, this side's data is pending too. */
const both = (name: Circumstance) => (peer: TcpPeer) => {
  RECEIVING[name](peer);
  if (name !== 'a hole in what was received' && name !== 'FIN pending') SENDING[name](peer);
};

/** The application has not read everything that came. */
const unread = () => talking({ ...PEER_OPTIONS, creditOctets: 20 });

function opened(peer: TcpPeer, ...steps: readonly Prepare[]): TcpPeer {
  for (const step of steps) step(peer);
  return peer;
}

type Builders = Readonly<Record<Circumstance, (() => TcpPeer) | string>>;

const shutdown: Prepare = (peer) => peer.ask('shutdown');
const peerFin: Prepare = (peer) =>
  peer.inject('FIN,ACK', { seq: NEXT, ack: 3001, ...stamp(peer, 725) });
const ackAll: Prepare = (peer) => peer.inject('ACK', { ...stamp(peer, 730) });

/**
 * A state in which the peer has sent FIN. `first` and `then` lead to it, before and after the
 * pending thing.
 */
function sendingState(first: Prepare, then: Prepare): Builders {
  const build = (name: keyof typeof SENDING) => () => opened(talking(), first, SENDING[name], then);
  return {
    idle: build('idle'),
    'data unacknowledged': build('data unacknowledged'),
    'a hole in what was received': 'the peer has sent FIN, and nothing follows it',
    'the window shut': build('the window shut'),
    'FIN pending': build('FIN pending'),
    'urgent data pending': build('urgent data pending'),
  };
}

/** A state in which the peer still sends. */
function openState(steps: (name: Circumstance) => readonly Prepare[]): Builders {
  const build = (name: Circumstance) => () =>
    opened(talking(name === 'the window shut' ? SHUT : PEER_OPTIONS), ...steps(name));
  return {
    idle: build('idle'),
    'data unacknowledged': build('data unacknowledged'),
    'a hole in what was received': build('a hole in what was received'),
    'the window shut': build('the window shut'),
    'FIN pending': build('FIN pending'),
    'urgent data pending': build('urgent data pending'),
  };
}

const NO_CONNECTION = 'nothing is connected';
const NOTHING_TAKEN = 'no data of the peer was accepted yet';
const NO_CREDIT = 'the application may not write before it is connected';
const FIN_ACKNOWLEDGED =
  'everything sent is acknowledged, and everything from the peer has arrived';

/** SYN-RECEIVED by a simultaneous open, with requests of the application meanwhile. */
function simultaneous(...prepare: Prepare[]): TcpPeer {
  const peer = synSent(PEER_OPTIONS);
  peer.inject('SYN', { seq: 0, win: 60_000, options: peer.synOptions });
  return opened(peer, ...prepare);
}

/** For each state and circumstance a builder, or the reason why it cannot exist. */
export const CASES: Readonly<Record<string, Builders>> = {
  CLOSED: {
    idle: () => closed(PEER_OPTIONS),
    // LAST-ACK has ended. The application has not read the peer's data yet.
    'data unacknowledged': () => opened(unread(), peerFin, shutdown, ackAll),
    'a hole in what was received': NO_CONNECTION,
    'the window shut': NO_CONNECTION,
    'FIN pending': NO_CONNECTION,
    'urgent data pending': NO_CONNECTION,
  },
  LISTEN: {
    idle: () => listening(PEER_OPTIONS),
    'data unacknowledged': () => {
      // In the accept queue, with data.
      const peer = synReceived(PEER_OPTIONS);
      peer.inject('ACK', { seq: 1, ack: 1, ...stamp(peer, 701) });
      peer.inject('PSH,ACK', { seq: 1, data: 30, ...stamp(peer, 702) });
      return peer;
    },
    'a hole in what was received': NO_CONNECTION,
    'the window shut': NO_CONNECTION,
    'FIN pending': NO_CONNECTION,
    'urgent data pending': NO_CONNECTION,
  },
  'SYN-SENT': {
    idle: () => synSent(PEER_OPTIONS),
    'data unacknowledged': NO_CREDIT,
    'a hole in what was received': NOTHING_TAKEN,
    'the window shut': NOTHING_TAKEN,
    'FIN pending': 'a shutdown before any data ends the connection',
    'urgent data pending': NO_CREDIT,
  },
  'SYN-RECEIVED': {
    // In the SYN queue: a connection request whose SYN,ACK was retransmitted.
    idle: () => opened(synReceived(PEER_OPTIONS), (peer) => void peer.advance(1200)),
    // By a simultaneous open: the only unacknowledged data is the SYN.
    'data unacknowledged': () => simultaneous(),
    'a hole in what was received': NOTHING_TAKEN,
    'the window shut': NOTHING_TAKEN,
    'FIN pending': () => simultaneous(shutdown),
    'urgent data pending': NO_CREDIT,
  },
  ESTABLISHED: openState((name) => [both(name)]),
  'FIN-WAIT-1': openState((name) => [both(name), shutdown]),
  'FIN-WAIT-2': openState((name) => [shutdown, ackAll, RECEIVING[name]]),
  'CLOSE-WAIT': {
    ...sendingState(peerFin, () => {}),
    'FIN pending': 'our FIN makes it LAST-ACK',
  },
  CLOSING: sendingState(
    () => {},
    (peer) => opened(peer, shutdown, peerFin),
  ),
  'LAST-ACK': sendingState(peerFin, shutdown),
  'TIME-WAIT': {
    idle: () =>
      opened(talking(), shutdown, ackAll, (peer) =>
        peer.inject('FIN,ACK', { seq: NEXT, ...stamp(peer, 740) }),
      ),
    'data unacknowledged': () =>
      // The application has not read everything yet.
      opened(unread(), shutdown, ackAll, (peer) =>
        peer.inject('FIN,ACK', { seq: NEXT, ...stamp(peer, 740) }),
      ),
    'a hole in what was received': FIN_ACKNOWLEDGED,
    'the window shut': FIN_ACKNOWLEDGED,
    'FIN pending': FIN_ACKNOWLEDGED,
    'urgent data pending': FIN_ACKNOWLEDGED,
  },
};
