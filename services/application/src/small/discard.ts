import type { Server, Stack } from '@strata/sockets';

/** The discard service over TCP (RFC 863): takes all octets and answers none, until FIN. */
export function createTcpDiscard(stack: Stack): Server {
  return stack.net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.resume();
  });
}
