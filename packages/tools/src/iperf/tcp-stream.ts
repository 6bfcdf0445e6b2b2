import { randomFillSync } from 'node:crypto';
import { type Socket, shareImmutable } from '@strata/sockets';
import { Pace } from './pace.ts';
import type { Parameters } from './parameters.ts';
import { type Budget, type Counts, NO_COUNTS, type TcpFigures, type TestStream } from './stream.ts';

/** A connection of a test that sends. */
export class TcpSender implements TestStream {
  readonly isSender = true;
  readonly local: TestStream['local'];
  readonly remote: TestStream['remote'];
  readonly #socket: Socket;
  readonly #pace: Pace;
  readonly #block: Buffer;
  readonly #budget: Budget;
  /** Octets that transport has taken. */
  #octets = 0;

  constructor(socket: Socket, { blockOctets, bitsPerSecond }: Parameters, budget: Budget) {
    this.#socket = socket;
    this.#budget = budget;
    this.#block = shareImmutable(randomFillSync(Buffer.allocUnsafeSlow(blockOctets)));
    this.#pace = new Pace(bitsPerSecond, () => this.#send());
    [this.local, this.remote] = endsOf(socket);
    socket.on('error', () => this.#pace.end());
    socket.resume();
  }

  begin(): void {
    this.#socket.on('drain', () => this.#pace.wake());
    this.#pace.begin();
  }

  end(): void {
    this.#pace.end();
  }

  close(): void {
    this.#pace.end();
    this.#socket.destroy();
  }

  counts(): Counts {
    return { ...NO_COUNTS, octets: this.#octets };
  }

  tcpFigures(): Promise<TcpFigures | undefined> {
    return figuresOf(this.#socket);
  }

  #send(): number | 'wait' | 'stop' {
    const octets = this.#budget.take(this.#block.byteLength);
    if (octets === 0 || !this.#socket.writable) return 'stop';
    const block = octets < this.#block.byteLength ? this.#block.subarray(0, octets) : this.#block;
    const hasRoom = this.#socket.write(block, (error) => {
      if (!error) this.#octets += octets;
    });
    return hasRoom ? octets : 'wait';
  }
}

/** A connection of a test that receives. */
export class TcpReceiver implements TestStream {
  readonly isSender = false;
  readonly local: TestStream['local'];
  readonly remote: TestStream['remote'];
  readonly #socket: Socket;
  #octets = 0;

  /** `first`: data that came already. */
  constructor(socket: Socket, first = 0) {
    this.#socket = socket;
    this.#octets = first;
    [this.local, this.remote] = endsOf(socket);
    socket.on('data', (data: Buffer) => {
      this.#octets += data.byteLength;
    });
    socket.on('error', () => undefined);
    socket.resume();
  }

  begin(): void {
    // What arrives counts from the start.
  }

  end(): void {
    // The sender ends.
  }

  close(): void {
    this.#socket.destroy();
  }

  counts(): Counts {
    return { ...NO_COUNTS, octets: this.#octets };
  }

  tcpFigures(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}

function endsOf(socket: Socket): [TestStream['local'], TestStream['remote']] {
  return [
    { address: socket.localAddress ?? '', port: socket.localPort ?? 0 },
    { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 },
  ];
}

async function figuresOf(socket: Socket): Promise<TcpFigures | undefined> {
  const info = (await socket.getTcpInfo().catch(() => undefined))?.tcp;
  if (info === undefined) return undefined;
  const microseconds = (ms: number) => Math.max(0, Math.round(ms * 1000));
  return {
    retransmits: info.retransmittedSegments,
    snd_cwnd: info.cwndOctets,
    snd_wnd: info.sndWnd,
    rtt: microseconds(info.srttMs),
    rttvar: microseconds(info.rttvarMs),
    pmtu: info.pathMtu,
  };
}
