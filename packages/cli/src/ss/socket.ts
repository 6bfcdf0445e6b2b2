import { SOCKET_STATES, type SocketTimer, type TcpFigures } from '@strata/contract';

/** A socket as the console's API tells of it: `ADDRESS:PORT`, and the figures of the contract. */
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

/** States as ss names them. */
const SS_STATES: Readonly<Record<string, string>> = {
  ESTABLISHED: 'ESTAB',
  'SYN-RECEIVED': 'SYN-RECV',
  CLOSED: 'UNCONN',
  UNCONNECTED: 'UNCONN',
};

export function stateName(state: string): string {
  return SS_STATES[state] ?? state;
}

/** Names that `state` takes: those of ss, in small letters, and its groups. */
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

/** Which sockets are asked for. */
export interface SocketFilter {
  readonly tcp: boolean;
  readonly udp: boolean;
  readonly listening: boolean;
  readonly all: boolean;
  /** Of {@link STATE_FILTERS}; none: as the flags say. */
  readonly states: readonly string[];
}

/** As ss: without a flag what is connected, with -l what listens, with -a both; neither -t nor -u: both. */
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

/** The filter as far as the console's API takes it, so that what is not shown is not asked for: thousands in TIME-WAIT, for example. */
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
