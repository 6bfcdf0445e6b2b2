import { randomInt } from 'node:crypto';
import type { SessionPdu } from '@strata/contract';
import { seededRandom } from '@strata/link';
import { type SessionRules, Sessions } from '../src/session/index.ts';

/** Bodies are texts: `open`, `end`, `probe`, `datagram …`, anything else is data. */
const RULES: SessionRules<string, string> = {
  opens: (body) => body.startsWith('open'),
  opensIn: (body) => body.startsWith('open'),
  endsOut: (body) => body === 'end',
  endsIn: (body) => body === 'end' || body === 'unknown',
  isDatagram: (body) => body.startsWith('datagram'),
  probe: () => 'probe',
  isProbe: (body) => body === 'probe',
  unknown: () => 'unknown',
};

interface Weather {
  lossRatio: number;
  duplicateRatio: number;
  /** Each message takes 0 to this many milliseconds, so later messages may overtake it. */
  jitterMs: number;
}

const CALM: Weather = { lossRatio: 0, duplicateRatio: 0, jitterMs: 0 };

/** Two sides over an unreliable bus, in virtual time. */
class Pair {
  readonly left = new Sessions<string, string>({ rules: RULES });
  right = new Sessions<string, string>({ rules: RULES });
  readonly heardLeft: string[] = [];
  readonly heardRight: string[] = [];
  readonly lost: string[] = [];
  weather: Weather;
  nowMs = 0;
  messages = 0;
  #way: { atMs: number; order: number; toRight: boolean; pdu: SessionPdu<string> }[] = [];
  readonly #random: () => number;

  constructor(weather: Weather = CALM, seed = 1) {
    this.weather = { ...weather };
    this.#random = seededRandom(seed);
  }

  pump(): void {
    for (const toRight of [true, false]) {
      const side = toRight ? this.left : this.right;
      for (let pdu = side.pollPdu(); pdu; pdu = side.pollPdu()) this.#carry(toRight, pdu);
      for (let gone = side.pollLost(); gone; gone = side.pollLost()) {
        this.lost.push(`${toRight ? 'left' : 'right'} ${gone.endpoint} ${gone.socket}`);
      }
    }
    this.#collect(this.left, this.heardLeft);
    this.#collect(this.right, this.heardRight);
  }

  #collect(side: Sessions<string, string>, heard: string[]): void {
    for (let it = side.pollDelivery(); it; it = side.pollDelivery()) {
      heard.push(`${it.socket} ${it.body}`);
    }
  }

  #carry(toRight: boolean, pdu: SessionPdu<string>): void {
    const { lossRatio, duplicateRatio, jitterMs } = this.weather;
    const copies = this.#random() < duplicateRatio ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      if (this.#random() < lossRatio) continue;
      const atMs = this.nowMs + 1 + this.#random() * jitterMs;
      this.#way.push({ atMs, order: this.messages++, toRight, pdu });
    }
  }

  /** Runs until nothing is left to do before `untilMs`. Returns whether everything came to rest. */
  run(untilMs: number): boolean {
    for (;;) {
      this.pump();
      this.#way.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
      const first = this.#way[0];
      const atMs = Math.min(
        first?.atMs ?? Number.POSITIVE_INFINITY,
        this.left.nextDeadlineMs(),
        this.right.nextDeadlineMs(),
      );
      if (atMs > untilMs) {
        this.nowMs = untilMs;
        return this.#way.length === 0;
      }
      this.nowMs = Math.max(this.nowMs, atMs);
      if (first !== undefined && first.atMs <= this.nowMs) {
        this.#way.shift();
        (first.toRight ? this.right : this.left).handle(first.pdu, this.nowMs);
      }
      this.left.handleTimeout(this.nowMs);
      this.right.handleTimeout(this.nowMs);
    }
  }
}

const START_SEED = Number(process.env['STRATA_SEED'] ?? randomInt(1_000_000));
const SEEDS = Array.from({ length: 150 }, (_, i) => START_SEED + i);

describe('Sessions over a bus that loses, repeats and reorders', () => {
  it.each(SEEDS)('deliver each body once and in order, both ways (seed %i)', (seed) => {
    const random = seededRandom(seed);
    const pair = new Pair(
      {
        lossRatio: random() * 0.4,
        duplicateRatio: random() * 0.3,
        jitterMs: random() < 0.5 ? 0 : random() * 300,
      },
      seed,
    );
    const sockets = 1 + Math.floor(random() * 4);
    const wanted: string[][] = [[], []];
    for (let socket = 1; socket <= sockets; socket++) pair.left.send('app', socket, 'open', 0);
    pair.run(20_000);
    for (let i = 0; i < 200; i++) {
      const socket = 1 + Math.floor(random() * sockets);
      const toRight = random() < 0.5;
      wanted[toRight ? 1 : 0]!.push(`${socket} ${i}`);
      (toRight ? pair.left : pair.right).send('app', socket, `${i}`, pair.nowMs);
      if (random() < 0.5) pair.run(pair.nowMs + random() * 100);
    }
    pair.weather = { ...pair.weather, lossRatio: Math.min(pair.weather.lossRatio, 0.2) };
    pair.run(pair.nowMs + 30_000);
    for (let socket = 1; socket <= sockets; socket++) {
      expect(pair.heardLeft.filter((it) => it.startsWith(`${socket} `))).toEqual(
        wanted[0]!.filter((it) => it.startsWith(`${socket} `)),
      );
      expect(
        pair.heardRight.filter((it) => it.startsWith(`${socket} `) && !it.endsWith('open')),
      ).toEqual(wanted[1]!.filter((it) => it.startsWith(`${socket} `)));
    }
    expect(pair.heardRight.filter((it) => it.endsWith('open'))).toHaveLength(sockets);
    for (let socket = 1; socket <= sockets; socket++) {
      pair.right.send('app', socket, 'end', pair.nowMs);
    }
    pair.run(pair.nowMs + 59_000);
    expect(pair.heardLeft.filter((it) => it.endsWith('end'))).toHaveLength(sockets);
    expect([pair.left.size, pair.right.size, pair.lost]).toEqual([0, 0, []]);
    expect(pair.left.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
    expect(pair.right.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('Sessions', () => {
  it('send an acknowledgement with a body, or alone within 50 ms if there is no body', () => {
    const pair = new Pair();
    pair.left.send('app', 1, 'open', 0);
    pair.run(1);
    pair.right.send('app', 1, 'hello', pair.nowMs);
    pair.run(100);
    expect(pair.right.counters().bareAcknowledgements).toBe(0);
    expect(pair.left.counters().bareAcknowledgements).toBe(1);
    expect(pair.messages).toBe(3);
  });

  it('acknowledge at once after many bodies', () => {
    const pair = new Pair();
    pair.left.send('app', 1, 'open', 0);
    for (let i = 0; i < 160; i++) pair.left.send('app', 1, `${i}`, 0);
    pair.run(5);
    expect(pair.right.counters().bareAcknowledgements).toBeGreaterThanOrEqual(10);
    expect(pair.heardRight).toHaveLength(161);
  });

  it('retransmit after 200 ms, then after twice the time, up to 2 s', () => {
    const pair = new Pair({ ...CALM, lossRatio: 1 });
    pair.left.send('app', 1, 'open', 0);
    const sentMs: number[] = [];
    let before = 0;
    for (let ms = 0; ms <= 8000; ms += 10) {
      pair.run(ms);
      const { retransmitted } = pair.left.counters();
      if (retransmitted > before) sentMs.push(ms);
      before = retransmitted;
    }
    expect(sentMs).toEqual([200, 600, 1400, 3000, 5000, 7000]);
  });

  it('retransmit at once when the bus is back, and give up no peer while it is disconnected', () => {
    const pair = new Pair();
    pair.left.send('app', 1, 'open', 0);
    pair.run(100);
    pair.left.handleDisconnected();
    pair.right.handleDisconnected();
    pair.weather.lossRatio = 1;
    pair.left.send('app', 1, 'while away', 100);
    pair.right.send('app', 1, 'back', 100);
    pair.run(300_000);
    expect(pair.lost).toEqual([]);
    expect(pair.left.counters().retransmitted).toBe(0);
    pair.weather.lossRatio = 0;
    pair.left.handleConnected(pair.nowMs);
    pair.right.handleConnected(pair.nowMs);
    pair.run(pair.nowMs + 2);
    expect([pair.heardLeft, pair.heardRight]).toEqual([['1 back'], ['1 open', '1 while away']]);
  });

  it('report a peer that has acknowledged nothing for 60 s', () => {
    const pair = new Pair();
    pair.left.send('app', 1, 'open', 0);
    pair.run(100);
    pair.weather.lossRatio = 1;
    pair.right.send('app', 1, 'anybody there?', 100);
    pair.run(60_000);
    expect(pair.lost).toEqual([]);
    pair.run(63_000);
    expect(pair.lost).toEqual(['right app 1']);
    expect(pair.right.size).toBe(0);
  });

  it('find out by probes that an idle peer is gone', () => {
    const pair = new Pair();
    pair.left.send('app', 1, 'open', 0);
    pair.run(100);
    pair.weather.lossRatio = 1;
    pair.run(80_000);
    expect([...pair.lost].sort()).toEqual(['left app 1', 'right app 1']);
  });

  it('keep an idle peer that answers probes, and deliver no probe', () => {
    const pair = new Pair();
    pair.left.send('app', 1, 'open', 0);
    pair.run(3_600_000);
    expect(pair.lost).toEqual([]);
    expect([pair.heardLeft, pair.heardRight]).toEqual([[], ['1 open']]);
    expect(pair.left.counters().probes + pair.right.counters().probes).toBeGreaterThan(100);
  });

  it('find out at once, when told to, which sockets a restarted peer does not know', () => {
    const pair = new Pair();
    pair.left.send('app', 1, 'open', 0);
    pair.left.send('app', 2, 'open', 0);
    pair.run(100);
    pair.right = new Sessions<string, string>({ rules: RULES });
    // A socket that the peer has not heard of yet survives.
    pair.left.send('app', 3, 'open', 100);
    pair.left.checkPeer(100);
    pair.run(1000);
    expect([...pair.heardLeft].sort()).toEqual(['1 unknown', '2 unknown']);
    expect(pair.heardRight.filter((heard) => heard === '3 open')).toEqual(['3 open']);
    expect(pair.left.size).toBe(1);
  });

  it('believe that a socket is unknown if the peer itself has opened it', () => {
    const pair = new Pair();
    pair.right.send('app', 1, 'open', 0);
    pair.run(100);
    pair.right = new Sessions<string, string>({ rules: RULES });
    // Our first message about the socket, like Accept after an Offer.
    pair.left.send('app', 1, 'accept', 100);
    pair.run(2000);
    expect(pair.heardLeft).toEqual(['1 open', '1 unknown']);
    expect([pair.left.size, pair.right.size]).toEqual([0, 0]);
  });

  it('tell a peer that comes back after it was given up that the socket is lost', () => {
    const pair = new Pair();
    pair.left.send('app', 1, 'open', 0);
    pair.run(100);
    pair.weather.lossRatio = 1;
    pair.right.send('app', 1, 'anybody there?', 100);
    pair.run(63_000);
    expect(pair.lost).toEqual(['right app 1']);
    pair.weather.lossRatio = 0;
    pair.left.send('app', 1, 'here I am', pair.nowMs);
    pair.run(pair.nowMs + 3000);
    expect(pair.heardLeft).toEqual(['1 unknown']);
    expect(pair.left.size).toBe(0);
  });

  it('give up no peer for the time in which they were stopped themselves', () => {
    const pair = new Pair();
    pair.left.send('app', 1, 'open', 0);
    pair.run(100);
    pair.right.send('app', 1, 'before', 100);
    pair.right.pollPdu();
    // As after SIGSTOP, or when a machine wakes up: the timer fires first, and the acknowledgement
    // is handled after it.
    pair.nowMs = 300_000;
    pair.right.handleTimeout(pair.nowMs);
    pair.run(pair.nowMs + 1000);
    expect(pair.lost).toEqual([]);
    expect(pair.heardLeft).toEqual(['1 before']);
  });

  it('name an endpoint that has acknowledged nothing for 500 ms, and give up its sockets when told to', () => {
    const pair = new Pair();
    pair.left.send('app', 1, 'open', 0);
    pair.left.send('app', 2, 'open', 0);
    pair.run(100);
    expect(pair.right.pollSilent()).toBeUndefined();
    pair.weather.lossRatio = 1;
    pair.right.send('app', 1, 'anybody there?', 100);
    pair.run(500);
    expect(pair.right.pollSilent()).toBeUndefined();
    pair.run(800);
    expect([pair.right.pollSilent(), pair.right.pollSilent()]).toEqual(['app', undefined]);
    pair.right.giveUp('app', (socket) => socket === 2);
    pair.pump();
    expect(pair.lost).toEqual(['right app 2']);
    expect(pair.right.has('app')).toBe(true);
    pair.right.giveUp('app', () => true);
    expect(pair.right.has('app')).toBe(false);
  });

  it('answer a peer that still uses a socket from before a restart', () => {
    const pair = new Pair();
    pair.left.send('app', 1, 'open', 0);
    pair.run(100);
    pair.right = new Sessions<string, string>({ rules: RULES });
    pair.left.send('app', 1, 'data', 100);
    pair.run(5000);
    expect(pair.heardLeft).toEqual(['1 unknown']);
    expect(pair.left.size).toBe(0);
  });

  it('do not report an ended socket as unknown if the acknowledgement of its end was lost', () => {
    const pair = new Pair();
    pair.left.send('app', 1, 'open', 0);
    pair.run(100);
    pair.right.send('app', 1, 'end', 100);
    pair.pump();
    pair.weather.lossRatio = 1;
    pair.run(150);
    expect([pair.left.size, pair.right.size]).toEqual([0, 1]);
    pair.weather.lossRatio = 0;
    pair.run(1000);
    expect([pair.heardLeft, pair.right.size]).toEqual([['1 end'], 0]);
  });

  it('send datagrams once, outside the sequence', () => {
    const pair = new Pair({ ...CALM, lossRatio: 1 });
    pair.left.send('app', 1, 'datagram a', 0);
    pair.run(5000);
    expect(pair.left.counters().retransmitted).toBe(0);
    pair.weather.lossRatio = 0;
    pair.left.send('app', 1, 'datagram b', 5000);
    pair.run(6000);
    expect(pair.heardRight).toEqual(['1 datagram b']);
  });

  it('drop messages about a socket after its end', () => {
    const pair = new Pair();
    pair.left.send('app', 1, 'open', 0);
    pair.run(100);
    pair.right.send('app', 1, 'end', 100);
    pair.run(200);
    pair.left.send('app', 1, 'too late', 200);
    pair.left.send('app', 1, 'open again', 200);
    expect(pair.left.pollPdu()).toBeUndefined();
    expect(pair.left.size).toBe(0);
  });
});
