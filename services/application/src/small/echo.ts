import type { AddressInfo, DatagramSocket, RemoteInfo, Server, Stack } from '@strata/sockets';
import type { AnswerGuard } from './answer-guard.ts';

/**
 * The echo service over TCP (RFC 862): sends back all octets until the peer sends FIN. An urgent octet comes back at its place in the stream
 * (SO_OOBINLINE, RFC 6093 6), so the echo is complete.
 */
export function createTcpEcho(stack: Stack): Server {
  const tcp = { urgentInline: true };
  return stack.net.createServer({ allowHalfOpen: true, tcp }, (socket) => {
    // A reset ends this connection only.
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
}

/** The echo service over UDP (RFC 862), not bound yet. `guard` belongs to the service: a replacement socket gets the same guard. */
export function createUdpEcho(stack: Stack, guard: AnswerGuard): DatagramSocket {
  const socket = stack.dgram.createSocket('udp4');
  socket.on('message', (message: Buffer, remote: RemoteInfo, local: AddressInfo) => {
    if (guard.mayAnswer(remote, local)) socket.send(message, remote.port, remote.address);
  });
  return socket;
}
