import type { DatagramSocket, Server, Stack } from '@strata/sockets';

/** The echo service over TCP (RFC 862): sends back what it gets until the peer ends. */
export function createTcpEcho(stack: Stack): Server {
  return stack.net.createServer({ allowHalfOpen: true }, (socket) => {
    // A peer that resets ends its own echo only.
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
}

/** The echo service over UDP (RFC 862). Not bound yet. */
export function createUdpEcho(stack: Stack): DatagramSocket {
  const socket = stack.dgram.createSocket('udp4', (message, remote) => {
    // From port 0 or an echo port no answer: two echo servers would talk for ever.
    if (remote.port === 0 || remote.port === 7) return;
    socket.send(message, remote.port, remote.address);
  });
  return socket;
}
