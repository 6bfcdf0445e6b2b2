import type { Server, Stack } from '@strata/sockets';

/** Seconds from 1900-01-01, the epoch of the time protocol, to 1970-01-01 (RFC 868). */
const SECONDS_TO_1970 = 2_208_988_800;

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/**
 * The answer of the daytime service (RFC 867), in the first of its two formats and UTC:
 * `Tuesday, February 22, 1982 17:37:43-UTC`.
 */
export function daytimeText(date: Date): Buffer {
  const day = `${DAYS[date.getUTCDay()]}, ${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}`;
  const time = date.toISOString().slice('2026-11-26T'.length, '2026-11-26T21:10:00'.length);
  return Buffer.from(`${day}, ${date.getUTCFullYear()} ${time}-UTC\r\n`, 'latin1');
}

/**
 * The answer of the time service (RFC 868): seconds since 1900-01-01 UTC, 32 bits in network byte
 * order. They wrap in 2036, as those of NTP do.
 */
export function timeOctets(date: Date): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE((Math.floor(date.getTime() / 1000) + SECONDS_TO_1970) % 2 ** 32);
  return octets;
}

/**
 * A service over TCP. It sends `text()` to each client that connects, and closes the connection
 * (RFC 867, RFC 868). Data from the client is discarded.
 */
export function createTcpClock(stack: Stack, text: (date: Date) => Buffer): Server {
  return stack.net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.resume();
    socket.end(text(new Date()));
  });
}
