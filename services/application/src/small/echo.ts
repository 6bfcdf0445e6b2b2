import type { Server, Stack } from '@strata/sockets';

/**
 * The echo service over TCP (RFC 862): sends back all octets until the peer sends FIN. An urgent
 * octet comes back at its place in the stream (SO_OOBINLINE, RFC 6093 6), so the echo is complete.
 */
export function createTcpEcho(stack: Stack): Server {
  const tcp = { urgentInline: true };
  return stack.net.createServer({ allowHalfOpen: true, tcp }, (socket) => {
    // A reset ends this connection only.
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
}

/** The answer of the echo service to a datagram (RFC 862): the same octets. */
export function echoDatagram(message: Buffer): Buffer {
  return message;
}
