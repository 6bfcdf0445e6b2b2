import { ALL_STATES, type MadeSegment, type TcpPeer, type TcpPeerOptions } from '@strata/simulator';

export type StateName = keyof typeof ALL_STATES;

/** The eleven states of RFC 9293 3.3.2. */
export const STATES = Object.keys(ALL_STATES) as StateName[];

/**
 * SND.NXT, RCV.NXT and SND.UNA of the builders' connections, relative; 0 if there is no connection.
 */
const NUMBERS: Record<StateName, readonly [sndNxt: number, rcvNxt: number, sndUna: number]> = {
  CLOSED: [0, 0, 0],
  LISTEN: [0, 0, 0],
  'SYN-SENT': [1, 0, 0],
  'SYN-RECEIVED': [1, 1, 0],
  ESTABLISHED: [1, 1, 1],
  'FIN-WAIT-1': [2, 1, 1],
  'FIN-WAIT-2': [2, 1, 2],
  'CLOSE-WAIT': [1, 2, 1],
  CLOSING: [2, 2, 1],
  'LAST-ACK': [2, 2, 1],
  'TIME-WAIT': [2, 2, 2],
};

export interface Entered {
  readonly peer: TcpPeer;
  readonly sndNxt: number;
  readonly rcvNxt: number;
  readonly sndUna: number;
  /** The state's ACK, as printed. */
  readonly ack: string;
}

/** A connection in this state; CLOSED and LISTEN have none. */
export function enter(name: StateName, options?: TcpPeerOptions): Entered {
  const [sndNxt, rcvNxt, sndUna] = NUMBERS[name];
  const peer = ALL_STATES[name](options);
  return { peer, sndNxt, rcvNxt, sndUna, ack: `ACK seq=${sndNxt} ack=${rcvNxt}` };
}

/** The value of {@link TcpPeer.state} in this state; LISTEN has no connection to show. */
export function shownState(name: StateName): string {
  return name === 'LISTEN' ? 'CLOSED' : name;
}

/** Throws if a timer runs, or a socket other than the listener is left. */
export function nothingLeft(peer: TcpPeer): void {
  const left = peer.core.sockets().filter(({ state }) => state !== 'LISTEN');
  expect(left).toEqual([]);
  expect(peer.core.nextDeadlineMs()).toBe(Infinity);
}

/** A segment of a peer with timestamps: TSval `value`, TSecr the core's last TSval. */
export function stamped(peer: TcpPeer, value: number, made: MadeSegment = {}): MadeSegment {
  return { ...made, options: { timestamps: { value, echo: peer.coreTimestamp } } };
}
