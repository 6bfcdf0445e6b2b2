import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { until } from '@strata/conformance';
import { FrameReader, frameOf, jsonFrame, STDIN_WINDOW_OCTETS } from '../src/attach/frames.ts';
import { type Start, serveTool } from '../src/index.ts';

/** The other end of a served tool, which speaks in frames. */
class Peer {
  readonly frames: { readonly type: string; readonly payload: string; readonly octets: number }[] =
    [];
  readonly socket: Socket;

  constructor(port: number) {
    const reader = new FrameReader();
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('error', () => undefined);
    this.socket.on('data', (data) => {
      for (const { type, payload } of reader.push(data)) {
        this.frames.push({ type, payload: payload.toString(), octets: payload.byteLength });
      }
    });
  }

  send(...frames: Uint8Array[]): void {
    for (const frame of frames) this.socket.write(frame);
  }

  async has(type: string): Promise<string> {
    const find = () => this.frames.find((frame) => frame.type === type);
    await until(`a frame ${type}`, () => find() !== undefined);
    return find()!.payload;
  }
}

describe('A tool on a connection', () => {
  let listener: Server;
  let start: Start;
  let ended = 0;
  let peer: Peer;

  beforeEach(async () => {
    ended = 0;
    // As sockets of an HTTP server are.
    listener = createServer({ allowHalfOpen: true }, (socket) => {
      void serveTool(socket, Buffer.alloc(0), (options, io) => start(options, io)).then(() => {
        ended += 1;
      });
    }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    peer = new Peer((listener.address() as AddressInfo).port);
  });
  afterEach(() => {
    peer.socket.destroy();
    listener.close();
  });

  const isOver = () => until('the end of the tool', () => ended === 1);
  const untilAborted: Start = async (_options, { signal }) => {
    if (!signal.aborted) await once(signal, 'abort');
    return { status: 3 };
  };

  it('gets its options and standard input, and gives output, events and a status', async () => {
    start = async (options, { stdin, stdout, event }) => {
      let input = '';
      for await (const data of stdin) input += data;
      stdout.write(`${JSON.stringify(options)} ${input}`);
      await event({ kind: 'seen' });
      return { status: 7 };
    };
    const parts = [frameOf('stdin', Buffer.from('one ')), frameOf('stdin', Buffer.from('two'))];
    peer.send(jsonFrame('options', { a: 1 }), ...parts, frameOf('stdin-end'));
    expect(await peer.has('exit')).toBe('{"status":7}');
    expect(peer.frames.map(({ type, payload }) => `${type} ${payload}`)).toEqual([
      'stdout {"a":1} one two',
      'event {"kind":"seen"}',
      'exit {"status":7}',
    ]);
    await isOver();
  });

  it('gives a fault as an error', async () => {
    start = async () => ({ error: 'no such thing', status: 2 });
    peer.send(jsonFrame('options', {}));
    expect(JSON.parse(await peer.has('error'))).toEqual({ error: 'no such thing', status: 2 });
    await isOver();
  });

  it('is cancelled, and still tells its status', async () => {
    start = untilAborted;
    peer.send(jsonFrame('options', {}), frameOf('cancel'));
    expect(await peer.has('exit')).toBe('{"status":3}');
    await isOver();
  });

  it.each([
    ['is gone', (other: Peer) => other.socket.resetAndDestroy()],
    ['has ended its side', (other: Peer) => other.socket.end()],
    ['sends an unknown type', (other: Peer) => other.send(Buffer.from([99, 0, 0, 0, 0]))],
    ['sends a type of the console', (other: Peer) => other.send(frameOf('stdout'))],
    ['sends too long a frame', (other: Peer) => other.send(Buffer.from([1, 1, 0, 0, 0]))],
    ['sends options twice', (other: Peer) => other.send(jsonFrame('options', {}))],
  ])('ends if its command %s', async (_what, act) => {
    let aborted = false;
    start = async (options, io) => {
      const outcome = await untilAborted(options, io);
      aborted = true;
      return outcome;
    };
    peer.send(jsonFrame('options', {}));
    await until('the connection', () => !peer.socket.connecting);
    act(peer);
    await isOver();
    expect(aborted).toBe(true);
  });

  it('ends if its command sends more than was granted', async () => {
    start = untilAborted;
    peer.send(jsonFrame('options', {}));
    const block = frameOf('stdin', Buffer.alloc(65_536));
    for (let sent = 0; sent <= STDIN_WINDOW_OCTETS; sent += 65_536) peer.send(block);
    await isOver();
  });

  it('grants as much standard input as it has read', async () => {
    const taken = new PassThrough();
    start = async (_options, { stdin }) => {
      stdin.pipe(taken);
      await once(stdin, 'end');
      return { status: 0 };
    };
    peer.send(jsonFrame('options', {}));
    const block = frameOf('stdin', Buffer.alloc(65_536));
    for (let i = 0; i < 4; i += 1) peer.send(block);
    taken.resume();
    expect(JSON.parse(await peer.has('credit')).octets).toBeGreaterThanOrEqual(131_072);
    peer.send(frameOf('stdin-end'));
    await isOver();
  });

  it('waits with its output for a command that does not read', async () => {
    let written = 0;
    start = async (_options, { stdout, signal }) => {
      while (!signal.aborted) {
        const room = stdout.write(Buffer.alloc(65_536));
        written += 1;
        if (!room) await once(stdout, 'drain', { signal }).catch(() => undefined);
      }
      return { status: 0 };
    };
    peer.socket.pause();
    peer.send(jsonFrame('options', {}));
    let before = -1;
    await until('it waits', async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      const isStill = written === before;
      before = written;
      return isStill && written > 0;
    });
    // 64 KiB each: what the kernel's buffers and ours hold.
    expect(written).toBeLessThan(400);
    peer.socket.destroy();
    await isOver();
  });
});

it('A frame may come in any pieces', () => {
  const bytes = Buffer.concat([
    jsonFrame('options', { a: 1 }),
    frameOf('stdin', Buffer.from('xy')),
  ]);
  for (let at = 0; at <= bytes.byteLength; at += 1) {
    const reader = new FrameReader();
    const frames = [bytes.subarray(0, at), bytes.subarray(at)].flatMap((part) => reader.push(part));
    expect(frames.map(({ type, payload }) => [type, payload.toString()])).toEqual([
      ['options', '{"a":1}'],
      ['stdin', 'xy'],
    ]);
  }
});
