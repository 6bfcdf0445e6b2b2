import { SYNCHRONIZED_STATES, type TcpPeer } from '@strata/simulator';

type Name = keyof typeof SYNCHRONIZED_STATES;

/** SND.NXT and RCV.NXT of the builders' connections, relative. */
export const NUMBERS: Record<Name, readonly [sndNxt: number, rcvNxt: number]> = {
  ESTABLISHED: [1, 1],
  'FIN-WAIT-1': [2, 1],
  'FIN-WAIT-2': [2, 1],
  'CLOSE-WAIT': [1, 2],
  CLOSING: [2, 2],
  'LAST-ACK': [2, 2],
  'TIME-WAIT': [2, 2],
};

export const NAMES = Object.keys(SYNCHRONIZED_STATES) as Name[];
export const BUT_TIME_WAIT = NAMES.filter((name) => name !== 'TIME-WAIT');
export const RECEIVING = ['ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2'] as const;
export const AFTER_FIN = ['CLOSE-WAIT', 'CLOSING', 'LAST-ACK'] as const;
export const BUT_AFTER_FIN = NAMES.filter((name) => !AFTER_FIN.some((after) => after === name));

export function enter(name: Name): { peer: TcpPeer; sndNxt: number; rcvNxt: number; ack: string } {
  const [sndNxt, rcvNxt] = NUMBERS[name];
  const ack = `ACK seq=${sndNxt} ack=${rcvNxt}`;
  return { peer: SYNCHRONIZED_STATES[name](), sndNxt, rcvNxt, ack };
}

/** SEG.ACK that acknowledges nothing new: an unacknowledged FIN is not counted. */
export function oldAck(name: Name): number {
  return name === 'FIN-WAIT-1' || name === 'CLOSING' || name === 'LAST-ACK' ? 1 : NUMBERS[name][0];
}
