import type { AddressInfo, DatagramSocket, RemoteInfo, Server, Stack } from '@strata/sockets';
import type { EchoGuard } from './echo-guard.ts';

/** The echo service over TCP (RFC 862): sends back what it gets until the peer ends. */
export function createTcpEcho(stack: Stack): Server {
  return stack.net.createServer({ allowHalfOpen: true }, (socket) => {
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
