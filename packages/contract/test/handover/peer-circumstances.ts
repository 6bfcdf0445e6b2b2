/**
 * Connections in each state of RFC 9293 3.3.2, with something pending: made by a peer by hand, the
 * same each time.
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

/** What the peer's SYN offers: all that there is. */
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

/** The handshake, some data both ways, all of it acknowledged. */
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

/** The next number of the peer, relative: behind its 50 octets. */
const NEXT = 51;

/** What may be pending while we still send. */
const SENDING: Readonly<Record<Exclude<Circumstance, 'a hole in what was received'>, Prepare>> = {
  idle: () => {},
  'data unacknowledged': (peer) => {
    peer.write(2500);
    // One of three is SACKed, so that what is lost, SACKed and in flight have to be told apart.
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

/** What may be pending while the peer still sends, whether or not we do. */
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

/** The socket of a window that is shut: it takes nothing, and has little room. */
const SHUT: TcpPeerOptions = {
  ...PEER_OPTIONS,
  socketOptions: { receiveBufferOctets: 3000 },
  creditOctets: 50,
};

function writeUrgent(peer: TcpPeer, offset: number, octets: number): void {
  const data = new Uint8Array(octets).fill(7);
  peer.request({ kind: 'send', socket: peer.socket, offset, data, push: true, urgent: true });
}

/** As `RECEIVING`, and what is pending for the peer too where both go together. */
const both = (name: Circumstance) => (peer: TcpPeer) => {
  RECEIVING[name](peer);
  if (name !== 'a hole in what was received' && name !== 'FIN pending') SENDING[name](peer);
};

/** The application has not taken all of what came. */
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
 * A state in which the peer has sent FIN: `first` and `then` lead there, around what is pending.
 */
function sendingState(first: Prepare, then: Prepare): Builders {
  const build = (name: keyof typeof SENDING) => () => opened(talking(), first, SENDING[name], then);
  return {
    idle: build('idle'),
    'data unacknowledged': build('data unacknowledged'),
    'a hole in what was received': 'the peer has sent FIN, and nothing is behind it',
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
const NOTHING_TAKEN = 'nothing was taken of the peer yet';
const NO_CREDIT = 'the application may not write before it is connected';
const FIN_ACKNOWLEDGED = 'all that we have sent is acknowledged, and all that the peer sends came';

/** SYN-RECEIVED by a simultaneous open, with what the application has asked meanwhile. */
function simultaneous(...prepare: Prepare[]): TcpPeer {
  const peer = synSent(PEER_OPTIONS);
  peer.inject('SYN', { seq: 0, win: 60_000, options: peer.synOptions });
  return opened(peer, ...prepare);
}

/** A builder for each, or why there is no such thing. */
export const CASES: Readonly<Record<string, Builders>> = {
  CLOSED: {
    idle: () => closed(PEER_OPTIONS),
    // LAST-ACK is over; what the peer sent is still to be taken.
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
    'FIN pending': 'who shuts down before there is data ends it',
    'urgent data pending': NO_CREDIT,
  },
  'SYN-RECEIVED': {
    // In the SYN queue: a connection request; its SYN,ACK was sent again.
    idle: () => opened(synReceived(PEER_OPTIONS), (peer) => void peer.advance(1200)),
    // By a simultaneous open: of data there is only the SYN.
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
      // What came is still to be taken.
      opened(unread(), shutdown, ackAll, (peer) =>
        peer.inject('FIN,ACK', { seq: NEXT, ...stamp(peer, 740) }),
      ),
    'a hole in what was received': FIN_ACKNOWLEDGED,
    'the window shut': FIN_ACKNOWLEDGED,
    'FIN pending': FIN_ACKNOWLEDGED,
    'urgent data pending': FIN_ACKNOWLEDGED,
  },
};
