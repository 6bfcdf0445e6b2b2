import type { ApiSocket } from '../ss/socket.ts';

/** netstat's names of states, by the contract's. */
const STATES: Readonly<Record<string, string>> = {
  'SYN-SENT': 'SYN_SENT',
  'SYN-RECEIVED': 'SYN_RECV',
  'FIN-WAIT-1': 'FIN_WAIT1',
  'FIN-WAIT-2': 'FIN_WAIT2',
  'CLOSE-WAIT': 'CLOSE_WAIT',
  'LAST-ACK': 'LAST_ACK',
  'TIME-WAIT': 'TIME_WAIT',
  CLOSED: 'CLOSE',
  UNCONNECTED: '',
};

export interface SocketChoice {
  readonly tcp: boolean;
  readonly udp: boolean;
  readonly listening: boolean;
  readonly all: boolean;
}

/** netstat's choice: connected sockets; with -l listening ones; with -a all. */
export function isShown(choice: SocketChoice, socket: ApiSocket): boolean {
  const hasProtocol = choice.tcp === choice.udp || choice[socket.protocol];
  if (!hasProtocol) return false;
  if (choice.all) return true;
  const isServer = socket.state === 'LISTEN' || socket.remote === '0.0.0.0:0';
  return choice.listening === isServer;
}

/** The lines of `netstat`, with `-p` the application in the place of a program. */
export function formatSockets(
  sockets: readonly ApiSocket[],
  { listening, all }: SocketChoice,
  hasProgram: boolean,
): string {
  const which = all ? 'servers and established' : listening ? 'only servers' : 'w/o servers';
  const program = hasProgram ? ' PID/Program name    ' : '';
  const head = `Proto Recv-Q Send-Q Local Address           Foreign Address         State      ${program}`;
  const lines = sockets.map((socket) => {
    const { protocol, receiveQueue, sendQueue, local, remote, state, endpoint } = socket;
    const isListener = state === 'LISTEN';
    const queues = `${String(receiveQueue).padStart(6)} ${String(isListener ? 0 : sendQueue).padStart(6)}`;
    const name = STATES[state] ?? state;
    const start = `${protocol.padEnd(5)} ${queues} ${local.padEnd(23)} ${endpointName(remote).padEnd(23)}`;
    return `${start} ${name.padEnd(11)}${hasProgram ? ` ${`-/${endpoint}`.padEnd(20)}` : ''}`;
  });
  return `${[`Active Internet connections (${which})`, head, ...lines].join('\n')}\n`;
}

/** Port 0 stands for any. */
function endpointName(endpoint: string): string {
  return endpoint.endsWith(':0') ? `${endpoint.slice(0, -1)}*` : endpoint;
}
