import { once } from 'node:events';
import type { Socket, Stack } from '@strata/sockets';
import { ToolError, type ToolIo } from '../tool.ts';
import type { NcParsed } from './options.ts';
import { relay } from './relay.ts';

/** Connects to each port in turn, and relays, or only looks. True: one of them was open. */
export async function connectAll(
  stack: Stack,
  host: string,
  ports: Iterable<number>,
  options: NcParsed,
  io: ToolIo,
): Promise<boolean> {
  let isOpen = false;
  for (const port of ports) {
    if (io.signal.aborted) break;
    const socket = await connect(stack, host, port, options, io);
    if (socket === undefined) continue;
    isOpen = true;
    await io.event({ kind: 'connected', host, port, udp: false });
    if (options.scan) socket.destroy();
    else await relay(socket, options, io);
  }
  return isOpen;
}

/** A connection. Undefined: it failed, and the event says why. */
async function connect(
  stack: Stack,
  host: string,
  port: number,
  options: NcParsed,
  io: ToolIo,
): Promise<Socket | undefined> {
  const { sourceAddress: localAddress, sourcePort: localPort, timeoutSeconds } = options;
  const socket = stack.net.connect({ host, port, localAddress, localPort, allowHalfOpen: true });
  // Data waits until the relay takes it.
  socket.pause();
  const limits = [io.signal];
  if (timeoutSeconds !== undefined) limits.push(AbortSignal.timeout(timeoutSeconds * 1000));
  const signal = AbortSignal.any(limits);
  try {
    await once(socket, 'connect', { signal });
    return socket;
  } catch (error) {
    socket.on('error', () => undefined);
    socket.destroy();
    if (io.signal.aborted) return undefined;
    // As poll() leaves it for nc: the connect goes on.
    const code = signal.aborted ? 'EINPROGRESS' : (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    await io.event({ kind: 'failed', host, port, udp: false, code });
    return undefined;
  }
}

/** Takes a connection and relays; with `keep` one after the other, until it is cancelled. */
export async function listen(
  stack: Stack,
  host: string | undefined,
  port: number,
  options: NcParsed,
  io: ToolIo,
): Promise<void> {
  const server = stack.net.createServer({ allowHalfOpen: true, pauseOnConnect: true });
  // Connections that wait for their turn.
  const waiting: Socket[] = [];
  let wake = () => {};
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => undefined);
    waiting.push(socket);
    wake();
  });
  server.listen({ host, port, backlog: 1 });
  const { signal } = io;
  signal.addEventListener('abort', () => wake());
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw new ToolError(`nc: ${whyNot(error, port)}`);
  });
  const local = server.address()!;
  await io.event({ kind: 'listening', host: local.address, port: local.port, udp: false });
  do {
    while (waiting.length === 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const socket = waiting.shift();
    if (socket === undefined) return;
    if (!options.keep) server.close();
    await io.event({ kind: 'received', host: socket.remoteAddress, port: socket.remotePort });
    await relay(socket, options, io);
  } while (options.keep);
}

/** Why a port cannot be opened, and what to do about it. */
export function whyNot({ code, message }: NodeJS.ErrnoException, port: number): string {
  if (code === 'EADDRINUSE') {
    return `port ${port} is in use: choose another one (strata ss -tul lists them)`;
  }
  if (code === 'EADDRNOTAVAIL') return "that is not one of the stack's addresses: leave it out";
  return message;
}
