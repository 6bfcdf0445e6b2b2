import { once } from 'node:events';
import type { DatagramSocket, Socket, Stack } from '@strata/sockets';
import { systemMessage } from '../system-messages.ts';
import { iperfError } from './control.ts';
import type { Parameters } from './parameters.ts';
import { UDP_HELLO } from './protocol.ts';

/** Where a client's connections lead, and come from. */
export interface Path {
  readonly host: string;
  readonly port: number;
  readonly bind: string | undefined;
  readonly connectSeconds: number;
  readonly signal: AbortSignal;
}

/** How often, and how long, a stream of datagrams says hello. */
const HELLOS = 5;
const HELLO_MS = 1000;

/** The TCP options that a test asks for. */
export function tcpOptionsOf({
  windowOctets,
  congestion,
  noDelay,
  maximumSegmentSize,
}: Parameters) {
  return {
    noDelay,
    ...(windowOctets === undefined
      ? {}
      : { sendBufferOctets: windowOctets, receiveBufferOctets: windowOctets }),
    ...(congestion === undefined ? {} : { congestionControl: congestion }),
    ...(maximumSegmentSize === undefined ? {} : { maximumSegmentSizeOctets: maximumSegmentSize }),
  };
}

/** Connects to the server. Throws ToolError. */
export async function connect(stack: Stack, path: Path, parameters?: Parameters): Promise<Socket> {
  const { host, port, bind: localAddress, connectSeconds, signal } = path;
  const tcp = parameters === undefined ? { noDelay: true } : tcpOptionsOf(parameters);
  const socket = stack.net.connect({ host, port, localAddress, tcp, allowHalfOpen: true });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(connectSeconds * 1000)]);
  try {
    await once(socket, 'connect', { signal: limit });
    return socket;
  } catch (error) {
    socket.on('error', () => undefined);
    socket.destroy();
    const { code = 'ETIMEDOUT' } = error as NodeJS.ErrnoException;
    const why = limit.aborted ? systemMessage('ETIMEDOUT') : systemMessage(code);
    throw iperfError(
      `unable to connect to server: ${why}: is iperf -s running at ${host}:${port}?`,
    );
  }
}

/** A socket for datagrams to the server, which has answered. Throws ToolError. */
export async function connectDatagrams(
  stack: Stack,
  { host, port, bind, signal }: Path,
  { windowOctets }: Parameters,
): Promise<DatagramSocket> {
  const socket = stack.dgram.createSocket({ type: 'udp4', recvBufferSize: windowOctets });
  const failure = once(socket, 'error').then(([error]) => {
    const { code, message } = error as NodeJS.ErrnoException;
    throw iperfError(`unable to send to server: ${systemMessage(code ?? message)}`);
  });
  failure.catch(() => undefined);
  socket.bind(0, bind);
  await Promise.race([once(socket, 'listening'), failure]);
  socket.connect(port, host);
  await Promise.race([once(socket, 'connect'), failure]);
  for (let i = 0; i < HELLOS && !signal.aborted; i += 1) {
    socket.send(UDP_HELLO);
    const late = AbortSignal.any([signal, AbortSignal.timeout(HELLO_MS)]);
    const answered = once(socket, 'message', { signal: late }).then(
      () => true,
      () => false,
    );
    if (await Promise.race([answered, failure])) return socket;
  }
  throw iperfError('unable to read from stream socket: the server does not answer datagrams');
}
