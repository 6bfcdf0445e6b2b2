import type { SocketState } from '@strata/transport';

/**
 * The states of sockets, in the order of the enum's numbers. A test compares them with the codec.
 */
export const SOCKET_STATES: readonly SocketState[] = [
  'CLOSED',
  'LISTEN',
  'SYN-SENT',
  'SYN-RECEIVED',
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
  'UNCONNECTED',
];
