import type { Logger } from '@strata/runtime';
import type { AddressInfo, DatagramSocket, RemoteInfo, Server, Stack } from '@strata/sockets';
import { type KeptListener, listenTcp, listenUdp } from '../listening.ts';
import type { AnswerGuard } from './answer-guard.ts';
import { chargenDatagram, createTcpChargen } from './chargen.ts';
import { createTcpClock, daytimeText, timeOctets } from './clock-services.ts';
import { createTcpDiscard } from './discard.ts';
import { createTcpEcho, echoDatagram } from './echo.ts';

/** Names of the small services, as in the config. */
export type SmallServiceName = 'echo' | 'discard' | 'chargen' | 'daytime' | 'time';

/** Where a small service listens. */
export interface SmallServiceConfig {
  readonly port: number;
  /** Whether it takes UDP datagrams too. */
  readonly udp: boolean;
}

interface SmallService {
  readonly tcp: (stack: Stack) => Server;
  /** The answer to a datagram. Undefined: the service answers none. */
  readonly answer: ((message: Buffer) => Uint8Array) | undefined;
}

/** The small services, each over TCP and UDP. */
const SERVICES: Readonly<Record<SmallServiceName, SmallService>> = {
  echo: { tcp: createTcpEcho, answer: echoDatagram },
  discard: { tcp: createTcpDiscard, answer: undefined },
  chargen: { tcp: createTcpChargen, answer: chargenDatagram },
  daytime: {
    tcp: (stack) => createTcpClock(stack, daytimeText),
    answer: () => daytimeText(new Date()),
  },
  time: {
    tcp: (stack) => createTcpClock(stack, timeOctets),
    answer: () => timeOctets(new Date()),
  },
};

export const SMALL_SERVICES = Object.keys(SERVICES) as readonly SmallServiceName[];

/** Opens the ports of the services that the config names. */
export function listenSmallServices(
  stack: Stack,
  config: Readonly<Partial<Record<SmallServiceName, SmallServiceConfig | undefined>>>,
  guard: AnswerGuard,
  log: Logger,
): KeptListener[] {
  return SMALL_SERVICES.flatMap((name) => {
    const wanted = config[name];
    if (wanted === undefined) return [];
    const { port, udp } = wanted;
    const { tcp, answer } = SERVICES[name];
    const listeners = [listenTcp(`${name} on TCP port ${port}`, () => tcp(stack), port, log)];
    if (udp) {
      const create = () => createResponder(stack, guard, answer);
      listeners.push(listenUdp(`${name} on UDP port ${port}`, create, port, log));
    }
    return listeners;
  });
}

/** A UDP socket, not bound yet. It answers each datagram that the guard allows. */
function createResponder(
  stack: Stack,
  guard: AnswerGuard,
  answer: SmallService['answer'],
): DatagramSocket {
  const socket = stack.dgram.createSocket('udp4');
  socket.on('message', (message: Buffer, remote: RemoteInfo, local: AddressInfo) => {
    if (answer === undefined || !guard.mayAnswer(remote, local)) return;
    socket.send(answer(message), remote.port, remote.address);
  });
  return socket;
}
