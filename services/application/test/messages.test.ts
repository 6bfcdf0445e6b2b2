import { once } from 'node:events';
import type { Socket } from '@strata/sockets';
import { NetstringReader, toNetstring } from '../src/messages/netstring.ts';
import { type Pair, SERVER, startPair } from './pair.ts';

const PORT = 7070;
let pair: Pair;

beforeAll(async () => {
  pair = await startPair();
});

afterAll(async () => {
  await pair.stop();
});

/** This many answers of the server, or all answers until it ends. */
async function answers(socket: Socket, count = Infinity): Promise<string[]> {
  const reader = new NetstringReader();
  const found: string[] = [];
  while (found.length < count) {
    const read = socket.read() as Buffer | null;
    if (read !== null) found.push(...reader.push(read).map(({ data }) => String(data)));
    else if (socket.readableEnded) break;
    else await Promise.race([once(socket, 'readable'), once(socket, 'end')]);
  }
  return found;
}

function connect(): Socket {
  return pair.client.net.connect({ host: SERVER, port: PORT, noDelay: true, allowHalfOpen: true });
}

describe('TCP is a byte stream: boundaries are the application’s (RFC 9293 2.2, T22)', () => {
  it('three messages in one write are three messages', async () => {
    const socket = connect();
    socket.end('3:one,3:two,5:three,');
    expect(await answers(socket)).toEqual([
      'message 1: 3 octets in 1 read',
      'message 2: 3 octets in 1 read',
      'message 3: 5 octets in 1 read',
    ]);
  });

  it('one message in three writes, each in its own segment, is one message', async () => {
    const socket = connect();
    socket.write('1:a,9:one');
    // The answer to what came before shows that the part has been read.
    expect(await answers(socket, 1)).toEqual(['message 1: 1 octet in 1 read']);
    socket.write(' two');
    socket.end(' t,');
    const [answer] = await answers(socket, 1);
    expect(answer).toMatch(/^message 2: 9 octets in [23] reads$/);
  });

  it('an urgent octet is part of a message like the others', async () => {
    const socket = connect();
    socket.write('5:hel');
    socket.sendUrgent('l');
    socket.end('o,3:two,');
    expect(await answers(socket)).toEqual([
      expect.stringMatching(/^message 1: 5 octets in \d reads?$/),
      expect.stringMatching(/^message 2: 3 octets in \d reads?$/),
    ]);
  });

  it('messages larger than any segment arrive whole', async () => {
    const socket = connect();
    for (const octets of [1, 1460, 100_000, 0]) socket.write(toNetstring(Buffer.alloc(octets)));
    socket.end();
    const got = await answers(socket);
    expect(got.map((line) => /: (\d+) octets? in/.exec(line)?.[1])).toEqual([
      '1',
      '1460',
      '100000',
      '0',
    ]);
  });

  it('a stream that ends within a message gets an error message', async () => {
    const socket = connect();
    socket.end('9:half');
    expect(await answers(socket)).toEqual([
      'the stream ended within a message: 6 octets of it came',
    ]);
  });

  it('a stream without valid messages gets an error message, and is ended', async () => {
    const socket = connect();
    socket.write('hello\n');
    expect(await answers(socket)).toEqual([
      'a message begins with its length and a colon: 5:hello,',
    ]);
    socket.destroy();
  });

  it('UDP keeps them: each datagram is a message', async () => {
    const socket = pair.client.dgram.createSocket('udp4');
    const echoed: string[] = [];
    const all = new Promise<void>((resolve) => {
      socket.on('message', (message) => {
        echoed.push(String(message));
        if (echoed.length === 3) resolve();
      });
    });
    for (const text of ['one', 'two', 'three']) socket.send(text, 7, SERVER);
    await all;
    expect(echoed).toEqual(['one', 'two', 'three']);
    socket.close();
  });
});
