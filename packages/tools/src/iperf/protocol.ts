/** The octets by which the two sides of an iperf3 test tell each other where they are. */
export const STATE = {
  testStart: 1,
  testRunning: 2,
  testEnd: 4,
  parameterExchange: 9,
  createStreams: 10,
  serverTerminate: 11,
  clientTerminate: 12,
  exchangeResults: 13,
  displayResults: 14,
  done: 16,
  /** -1 and -2 as octets. */
  accessDenied: 255,
  serverError: 254,
} as const;

/** The cookie of a test: 36 characters and a zero octet. Each connection of it begins with it. */
export const COOKIE_OCTETS = 37;

/** The first datagram of a stream, and its answer, as little-endian machines write them. */
export const UDP_HELLO = Buffer.from('9876');
export const UDP_HELLO_ANSWER = Buffer.from('6789');

/** Default sizes of a block, octets. */
export const TCP_BLOCK_OCTETS = 131_072;
export const UDP_BLOCK_OCTETS = 1460;

/** The default rate of UDP, bits per second. */
export const UDP_BITS_PER_SECOND = 1_048_576;

/** Longest JSON text that is taken, octets. */
export const MAX_JSON_OCTETS = 1_048_576;

/** Most streams of a test, both directions together. */
export const MAX_STREAMS = 128;

/** The id of the stream with this index: iperf3 has 1, 3, 4, 5 … */
export function streamId(index: number): number {
  return index === 0 ? 1 : index + 2;
}
