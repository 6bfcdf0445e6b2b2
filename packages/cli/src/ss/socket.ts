import type { SocketTimer, TcpFigures } from '@strata/contract';
import { SOCKET_STATES } from '@strata/contract/names';

/**
 * A socket in the console's API. Addresses are `ADDRESS:PORT`; the figures are those of the
 * contract.
 */
export interface ApiSocket {
  readonly socket: number;
  readonly protocol: 'tcp' | 'udp';
  readonly state: string;
  readonly local: string;
  readonly remote: string;
  readonly receiveQueue: number;
  readonly sendQueue: number;
  readonly endpoint: string;
  readonly tcp: TcpFigures | null;
  readonly timers: readonly SocketTimer[];
}

/** ss's names of states. */
const SS_STATES: Readonly<Record<string, string>> = {
  ESTABLISHED: 'ESTAB',
  'SYN-RECEIVED': 'SYN-RECV',
  CLOSED: 'UNCONN',
  UNCONNECTED: 'UNCONN',
};

export function stateName(state: string): string {
  return SS_STATES[state] ?? state;
}

/** Values of `--state`: ss's state names in lower case, and ss's groups of states. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  connected: [
    'ESTAB',
    'SYN-SENT',
    'SYN-RECV',
    'FIN-WAIT-1',
    'FIN-WAIT-2',
    'TIME-WAIT',
    'CLOSE-WAIT',
    'LAST-ACK',
    'CLOSING',
  ],
  synchronized: [
    'ESTAB',
    'SYN-RECV',
    'FIN-WAIT-1',
    'FIN-WAIT-2',
    'TIME-WAIT',
    'CLOSE-WAIT',
    'LAST-ACK',
    'CLOSING',
  ],
  bucket: ['SYN-RECV', 'TIME-WAIT'],
  big: [
    'ESTAB',
    'SYN-SENT',
    'FIN-WAIT-1',
    'FIN-WAIT-2',
    'CLOSE-WAIT',
    'LAST-ACK',
    'CLOSING',
    'LISTEN',
    'UNCONN',
  ],
  established: ['ESTAB'],
  'syn-sent': ['SYN-SENT'],
  'syn-recv': ['SYN-RECV'],
  'fin-wait-1': ['FIN-WAIT-1'],
  'fin-wait-2': ['FIN-WAIT-2'],
  'time-wait': ['TIME-WAIT'],
  closed: ['UNCONN'],
  'close-wait': ['CLOSE-WAIT'],
  'last-ack': ['LAST-ACK'],
  listening: ['LISTEN'],
  closing: ['CLOSING'],
};

export const STATE_FILTERS = ['all', ...Object.keys(GROUPS)] as const;

/** Which sockets to show. */
export interface SocketFilter {
  readonly tcp: boolean;
  readonly udp: boolean;
  readonly listening: boolean;
  readonly all: boolean;
  /** Values of {@link STATE_FILTERS}. Empty: the flags decide. */
  readonly states: readonly string[];
}

/**
 * Selects like ss: connected sockets by default, listening ones with -l, both with -a. Without -t
 * and -u: both protocols.
 */
export function isWanted(
  filter: SocketFilter,
  socket: Pick<ApiSocket, 'protocol' | 'state'>,
): boolean {
  const isProtocol = filter.tcp === filter.udp || filter[socket.protocol];
  if (!isProtocol) return false;
  const state = stateName(socket.state);
  if (filter.states.length > 0) {
    return filter.states.some((name) => name === 'all' || GROUPS[name]?.includes(state));
  }
  if (filter.all) return true;
  const isListening = state === 'LISTEN' || state === 'UNCONN';
  return filter.listening ? isListening : !isListening && state !== 'TIME-WAIT';
}

/**
 * The filter as a query for the console's API. Transport then leaves out sockets that are not
 * shown, such as thousands in TIME-WAIT.
 */
export function toQuery(filter: SocketFilter): Record<string, readonly string[]> {
  const protocols = (['tcp', 'udp'] as const).filter((protocol) => filter[protocol]);
  const isEither = protocols.length !== 1;
  const state = SOCKET_STATES.filter((name) =>
    isWanted(filter, { protocol: protocols[0] ?? 'tcp', state: name }),
  );
  return {
    ...(isEither ? {} : { protocol: protocols }),
    ...(state.length === SOCKET_STATES.length ? {} : { state }),
  };
}
