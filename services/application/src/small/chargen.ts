import { randomInt } from 'node:crypto';
import { type Server, type Socket, type Stack, shareImmutable } from '@strata/sockets';

/** Printing characters of ASCII, space included (RFC 864). */
const CHARACTERS = 95;
const LINE_CHARACTERS = 72;
/** A line with its CR LF. */
const LINE_OCTETS = LINE_CHARACTERS + 2;
/** Each line starts one character later, so the pattern repeats after this many octets. */
const PERIOD_OCTETS = CHARACTERS * LINE_OCTETS;
/** Octets of one write: whole periods, about four super-segments. */
const BLOCK_OCTETS = 37 * PERIOD_OCTETS;
/** Characters of a datagram, at most (RFC 864). */
const MAX_DATAGRAM_OCTETS = 512;

/** Never written to again, so sockets need not copy it. */
const BLOCK = shareImmutable(createBlock());

function createBlock(): Buffer {
  const block = Buffer.allocUnsafeSlow(BLOCK_OCTETS);
  for (let at = 0, line = 0; at < BLOCK_OCTETS; at += LINE_OCTETS, line += 1) {
    for (let column = 0; column < LINE_CHARACTERS; column += 1) {
      block[at + column] = 32 + ((line + column) % CHARACTERS);
    }
    block.write('\r\n', at + LINE_CHARACTERS, 'latin1');
  }
  return block;
}

/**
 * The character generator over TCP (RFC 864). It sends lines of 72 printing characters, as fast as
 * the peer takes them, until the peer closes the connection. Data from the peer is discarded. A FIN
 * does not end the stream, because the peer may still read.
 */
export function createTcpChargen(stack: Stack): Server {
  return stack.net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.resume();
    generate(socket);
    socket.on('drain', () => generate(socket));
  });
}

/** Writes until the send buffer is full. A peer that does not read holds one block, no more. */
function generate(socket: Socket): void {
  while (!socket.destroyed && socket.write(BLOCK));
}

/**
 * The answer of the character generator to a datagram (RFC 864): 0 to 512 characters, at random.
 */
export function chargenDatagram(): Uint8Array {
  const start = randomInt(CHARACTERS) * LINE_OCTETS;
  return BLOCK.subarray(start, start + randomInt(MAX_DATAGRAM_OCTETS + 1));
}
