import type { Server, Socket, Stack } from '@strata/sockets';
import { NetstringReader, toNetstring } from './netstring.ts';

/**
 * A server of messages over TCP. It answers each netstring with another one that gives the
 * message's length and its number of reads. So a person sees that the stream has no boundaries of
 * its own.
 */
export function createMessageServer(stack: Stack): Server {
  // The peer's lengths count urgent octets too. Without them in the stream, messages would be cut
  // at wrong places (RFC 6093 6).
  const tcp = { urgentInline: true };
  return stack.net.createServer({ allowHalfOpen: true, noDelay: true, tcp }, (socket) => {
    const reader = new NetstringReader();
    let count = 0;
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes: Buffer) => {
      const answers = reader.push(bytes).map(({ data, reads }) => {
        count += 1;
        return toNetstring(
          `message ${count}: ${plural(data.byteLength, 'octet')} in ${plural(reads, 'read')}`,
        );
      });
      if (answers.length > 0) answer(socket, Buffer.concat(answers));
      if (reader.problem !== undefined) socket.end(toNetstring(reader.problem));
    });
    socket.once('end', () => {
      if (reader.waitingOctets === 0) socket.end();
      else
        socket.end(
          toNetstring(
            `the stream ended within a message: ${plural(reader.waitingOctets, 'octet')} of it came`,
          ),
        );
    });
  });
}

/**
 * Writes answers. If the send buffer is full, stops reading until it drains: a peer that reads no
 * answers must not fill our memory.
 */
function answer(socket: Socket, bytes: Buffer): void {
  if (socket.write(bytes)) return;
  socket.pause();
  socket.once('drain', () => socket.resume());
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
