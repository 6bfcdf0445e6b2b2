import { once } from 'node:events';
import { Duplex } from 'node:stream';
import type { DatagramSocket, Socket, Stack } from '@strata/sockets';
import { createTcpChargen } from '../src/small/chargen.ts';
import { daytimeText, timeOctets } from '../src/small/clock-services.ts';
import { type Pair, SERVER, startPair } from './pair.ts';

/**
 * The pattern of RFC 864: 95 lines of 72 characters with CR LF. Each line starts one character
 * later.
 */
const PATTERN = Array.from({ length: 95 }, (_, line) => {
  const characters = Array.from({ length: 72 }, (_, column) => 32 + ((line + column) % 95));
  return `${String.fromCharCode(...characters)}\r\n`;
}).join('');

let pair: Pair;
beforeEach(async () => {
  pair = await startPair({ more: { discard: {}, chargen: {}, daytime: {}, time: {} } });
});
afterEach(() => pair.stop());

function connect(port: number): Socket {
  return pair.client.net.connect({ host: SERVER, port });
}

/** All data that the peer sends until its FIN. */
async function readAll(socket: Socket): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of socket) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** The answer to a datagram. */
async function ask(port: number, text: string): Promise<Buffer> {
  const socket = pair.client.dgram.createSocket('udp4');
  socket.send(text, port, SERVER);
  const [message] = await once(socket, 'message');
  socket.close();
  return message as Buffer;
}

/** Collects received data until `enough` returns true for it. */
async function readUntil(socket: Socket, octets: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let count = 0;
  for await (const piece of socket) {
    pieces.push(piece as Buffer);
    count += (piece as Buffer).byteLength;
    if (count >= octets) break;
  }
  return Buffer.concat(pieces);
}

describe('The discard service (RFC 863)', () => {
  it('discards a stream and sends only FIN', async () => {
    const socket = connect(9);
    socket.end(Buffer.alloc(1_000_000, 1));
    expect(await readAll(socket)).toHaveLength(0);
    expect(socket.bytesWritten).toBe(1_000_000);
  });

  it('answers no datagram', async () => {
    const socket: DatagramSocket = pair.client.dgram.createSocket('udp4');
    const messages: string[] = [];
    socket.on('message', (message: Buffer) => messages.push(String(message)));
    socket.send('to discard', 9, SERVER);
    socket.send('to echo', 7, SERVER);
    await once(socket, 'message');
    expect(messages).toEqual(['to echo']);
    socket.close();
  });
});

describe('The character generator (RFC 864)', () => {
  it('sends the pattern of the RFC until the peer closes', async () => {
    const octets = await readUntil(connect(19), 600_000);
    const expected = PATTERN.repeat(Math.ceil(octets.byteLength / PATTERN.length));
    expect(octets.toString('latin1') === expected.slice(0, octets.byteLength)).toBe(true);
  });

  it('continues after the FIN of a peer that still reads, and discards data from the peer', async () => {
    const socket = pair.client.net.connect({ host: SERVER, port: 19, allowHalfOpen: true });
    socket.end('stop?');
    expect((await readUntil(socket, 600_000)).byteLength).toBeGreaterThanOrEqual(600_000);
  });

  it('waits for a peer that does not read, and holds only one block for it', () => {
    const socket = new Duplex({ read() {}, write() {} });
    const net = { createServer: (_: unknown, serve: (socket: Duplex) => void) => serve(socket) };
    createTcpChargen({ net } as unknown as Stack);
    expect(socket.writableLength).toBe(37 * PATTERN.length);
  });

  it('answers a datagram with 0 to 512 characters of the pattern', async () => {
    for (let i = 0; i < 20; i += 1) {
      const text = (await ask(19, 'any')).toString('latin1');
      expect(text.length).toBeLessThanOrEqual(512);
      expect((PATTERN + PATTERN).includes(text)).toBe(true);
    }
  });
});

describe('The daytime service (RFC 867)', () => {
  const FORMAT = /^[A-Z][a-z]+day, [A-Z][a-z]+ \d{1,2}, \d{4} \d\d:\d\d:\d\d-UTC\r\n$/;

  it('sends the time in the first format of the RFC, over TCP and UDP', async () => {
    expect((await readAll(connect(13))).toString('latin1')).toMatch(FORMAT);
    expect((await ask(13, '')).toString('latin1')).toMatch(FORMAT);
  });

  it('writes the example of the RFC, in UTC', () => {
    const text = daytimeText(new Date('1982-02-22T17:37:43Z')).toString('latin1');
    expect(text).toBe('Monday, February 22, 1982 17:37:43-UTC\r\n');
  });
});

describe('The time service (RFC 868)', () => {
  // The examples of the RFC, and the end of the 32-bit range.
  it.each([
    ['1970-01-01T00:00:00Z', 2_208_988_800],
    ['1976-01-01T00:00:00Z', 2_398_291_200],
    ['1980-01-01T00:00:00Z', 2_524_521_600],
    ['1983-05-01T00:00:00Z', 2_629_584_000],
    ['2036-02-07T06:28:15Z', 0xffffffff],
    ['2036-02-07T06:28:16Z', 0],
  ])('gives for %s: %i', (date, seconds) => {
    expect(timeOctets(new Date(date)).readUInt32BE()).toBe(seconds);
  });

  it('sends the seconds since 1900 in four octets, over TCP and UDP', async () => {
    const now = Date.now() / 1000 + 2_208_988_800;
    for (const octets of [await readAll(connect(37)), await ask(37, '')]) {
      expect(octets).toHaveLength(4);
      expect(Math.abs(octets.readUInt32BE() - now)).toBeLessThan(60);
    }
  });
});

describe('A datagram forged from one small service to another', () => {
  it.each([7, 13, 19, 37])('has no answer: to port %i', async (port) => {
    const socket = pair.client.dgram.createSocket('udp4');
    let answers = 0;
    socket.on('message', () => {
      answers += 1;
    });
    socket.bind(19);
    await once(socket, 'listening');
    socket.send('forged', port, SERVER);
    await ask(7, 'behind it');
    expect(answers).toBe(0);
    socket.close();
  });
});
