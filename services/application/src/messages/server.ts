import type { Server, Socket, Stack } from '@strata/sockets';
import { NetstringReader, toNetstring } from './netstring.ts';

/**
 * A server of messages over TCP: answers each netstring by one that says how long it was and how many reads it took, so that a person
 * sees that the stream has no boundaries of its own.
 */
export function createMessageServer(stack: Stack): Server {
  // Without an urgent octet that the peer counts, the rest would be cut at the wrong places (RFC 6093 6).
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

/** Writes, and reads no more until it is on its way: a peer that takes no answers sends no questions. */
function answer(socket: Socket, bytes: Buffer): void {
  if (socket.write(bytes)) return;
  socket.pause();
  socket.once('drain', () => socket.resume());
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
