/**
 * node linux-application.ts: the application of the Linux subject, in the subject's network
 * namespace. Reads one command per line from standard input, and prints one event per line to
 * standard output, both as JSON. The peer's port identifies the connection.
 */
import { createServer, type Socket, connect as tcpConnect } from 'node:net';
import { createInterface } from 'node:readline';
import { PORT, UNREAD_PORT } from './script.ts';

export interface Command {
  readonly id: number;
  readonly what: string;
  readonly octets: number;
}

const PEER = '192.0.2.2';
const sockets = new Map<number, Socket>();

function tell(id: number, event: string, octets = 0): void {
  process.stdout.write(`${JSON.stringify({ id, event, octets })}\n`);
}

function watch(id: number, socket: Socket): void {
  sockets.set(id, socket);
  socket.on('data', (bytes) => tell(id, 'data', bytes.length));
  socket.on('end', () => tell(id, 'end'));
  socket.on('error', (error: NodeJS.ErrnoException) => tell(id, reasonOf(error.code)));
}

function reasonOf(code: string | undefined): string {
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'reset';
  if (code === 'ECONNREFUSED') return 'refused';
  return code === 'ETIMEDOUT' ? 'timed out' : (code ?? 'error');
}

for (const port of [PORT, UNREAD_PORT]) {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    const id = socket.remotePort ?? 0;
    watch(id, socket);
    tell(id, 'accepted');
    if (port === PORT) socket.resume();
    else socket.pause();
  });
  server.listen(port, '0.0.0.0', 1024, () => port === UNREAD_PORT && tell(0, 'ready'));
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, what, octets } = JSON.parse(line) as Command;
  if (what === 'connect') {
    const socket = tcpConnect({ host: PEER, port: id, allowHalfOpen: true });
    watch(id, socket);
    socket.on('connect', () => tell(id, 'connected'));
    socket.resume();
    return;
  }
  const socket = sockets.get(id);
  if (what === 'write') socket?.write(Buffer.alloc(octets, 98));
  else if (what === 'shutdown') socket?.end();
  else if (what === 'close') socket?.destroy();
  else if (what === 'abort') socket?.resetAndDestroy();
  else if (what === 'read') socket?.resume();
});
