import type { Server, Stack } from '@strata/sockets';

/** The discard service over TCP (RFC 863): discards all octets until FIN, and sends none. */
export function createTcpDiscard(stack: Stack): Server {
  return stack.net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.resume();
  });
}
