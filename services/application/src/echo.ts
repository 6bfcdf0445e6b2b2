import type { AddressInfo, DatagramSocket, RemoteInfo, Server, Stack } from '@strata/sockets';
import type { EchoGuard } from './echo-guard.ts';

/**
 * The echo service over TCP (RFC 862): sends back what it gets until the peer ends. An urgent octet comes back in its place in the stream
 * (SO_OOBINLINE, RFC 6093 6), so that nothing is missing.
 */
export function createTcpEcho(stack: Stack): Server {
  const tcp = { urgentInline: true };
  return stack.net.createServer({ allowHalfOpen: true, tcp }, (socket) => {
    // A peer that resets ends its own echo only.
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
}

/** The echo service over UDP (RFC 862). Not bound yet. `guard`: the service's, also where one socket takes another's place. */
export function createUdpEcho(stack: Stack, guard: EchoGuard): DatagramSocket {
  const socket = stack.dgram.createSocket('udp4');
  socket.on('message', (message: Buffer, remote: RemoteInfo, local: AddressInfo) => {
    if (guard.mayAnswer(remote, local)) socket.send(message, remote.port, remote.address);
  });
  return socket;
}
