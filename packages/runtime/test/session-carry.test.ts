import type { SessionPdu } from '@strata/contract';
import { seededRandom } from '@strata/link';
import { type SessionRules, Sessions } from '../src/session/index.ts';

/** Bodies are texts: `open`, `end`, `probe`, anything else is data. */
const RULES: SessionRules<string, string> = {
  opens: (body) => body === 'open',
  opensIn: (body) => body === 'open',
  endsOut: (body) => body === 'end',
  endsIn: (body) => body === 'end' || body === 'unknown',
  isDatagram: () => false,
  probe: () => 'probe',
  isProbe: (body) => body === 'probe',
  unknown: () => 'unknown',
};

const side = () => new Sessions<string, string>({ rules: RULES });

/**
 * Two sides over a bus that loses messages. The right side may be replaced: then each of its
 * sockets moves.
 */
class Carried {
  readonly left = side();
  right = side();
  readonly heard: [left: string[], right: string[]] = [[], []];
  nowMs = 0;
  readonly #way: { atMs: number; toRight: boolean; pdu: SessionPdu<string> }[] = [];
  readonly #random: () => number;
  readonly #lossRatio: number;

  constructor(seed: number, lossRatio: number) {
    this.#random = seededRandom(seed);
    this.#lossRatio = lossRatio;
  }

  move(sockets: readonly number[]): void {
    this.#pump();
    const next = side();
    for (const socket of sockets) {
      const state = this.right.takeOut('app', socket, this.nowMs);
      if (state === undefined) continue;
      expect(next.takeIn(state, this.nowMs)).toBe('taken');
      expect(this.right.takeOut('app', socket, this.nowMs)).toBeUndefined();
    }
    this.right = next;
    expect(next.pollDelivery()).toBeUndefined();
  }

  #pump(): void {
    for (const toRight of [true, false]) {
      const from = toRight ? this.left : this.right;
      for (let it = from.pollDelivery(); it; it = from.pollDelivery()) {
        this.heard[toRight ? 0 : 1].push(`${it.socket} ${it.body}`);
      }
      for (let pdu = from.pollPdu(); pdu; pdu = from.pollPdu()) {
        if (this.#random() < this.#lossRatio) continue;
        this.#way.push({ atMs: this.nowMs + 1 + this.#random() * 30, toRight, pdu });
      }
    }
  }

  run(untilMs: number): void {
    for (;;) {
      this.#pump();
      this.#way.sort((a, b) => a.atMs - b.atMs);
      const first = this.#way[0]?.atMs ?? Infinity;
      const atMs = Math.min(first, this.left.nextDeadlineMs(), this.right.nextDeadlineMs());
      if (atMs > untilMs) {
        this.nowMs = untilMs;
        return;
      }
      this.nowMs = Math.max(this.nowMs, atMs);
      if (first <= this.nowMs) {
        const { toRight, pdu } = this.#way.shift()!;
        (toRight ? this.right : this.left).handle(pdu, this.nowMs);
      }
      this.left.handleTimeout(this.nowMs);
      this.right.handleTimeout(this.nowMs);
    }
  }
}

const SEEDS = Array.from({ length: 60 }, (_, i) => i + 1);

describe('Sessions that are moved again and again', () => {
  it.each(SEEDS)('still deliver each body once and in order, both ways (seed %i)', (seed) => {
    const random = seededRandom(seed);
    const pair = new Carried(seed, random() * 0.4);
    const sockets = [1, 2, 3];
    const wanted: [string[], string[]] = [[], []];
    for (const socket of sockets) pair.left.send('app', socket, 'open', 0);
    pair.run(10_000);
    for (let i = 0; i < 150; i += 1) {
      const socket = 1 + Math.floor(random() * 3);
      const toRight = random() < 0.5;
      wanted[toRight ? 1 : 0].push(`${socket} ${i}`);
      (toRight ? pair.left : pair.right).send('app', socket, `${i}`, pair.nowMs);
      if (random() < 0.3) pair.run(pair.nowMs + random() * 120);
      if (random() < 0.2) pair.move(sockets);
    }
    pair.run(pair.nowMs + 60_000);
    for (const [at, heard] of pair.heard.entries()) {
      for (const socket of sockets) {
        const ofSocket = (line: string) => line.startsWith(`${socket} `) && !line.endsWith('open');
        expect(heard.filter(ofSocket)).toEqual(wanted[at]!.filter(ofSocket));
      }
    }
  });
});

describe('A moved session', () => {
  /**
   * A session that has sent and received, is retransmitting, and holds a body received after a gap.
   */
  function busy(): Sessions<string, string> {
    const sessions = side();
    const from = { endpoint: 'app', socket: 7 };
    sessions.handle({ ...from, sequence: 1, acknowledge: 0, body: 'open' }, 1000);
    for (let i = 0; i < 40; i += 1) sessions.send('app', 7, `${i}`, 1000);
    sessions.handle({ ...from, sequence: 2, acknowledge: 2, body: 'x' }, 1100);
    while (sessions.pollPdu() !== undefined);
    sessions.handleTimeout(1300);
    while (sessions.pollPdu() !== undefined);
    sessions.handle({ ...from, sequence: 3, acknowledge: 2, body: 'y' }, 1310);
    sessions.handle({ ...from, sequence: 5, acknowledge: 2, body: 'z' }, 1310);
    while (sessions.pollDelivery() !== undefined);
    sessions.pollPdu();
    sessions.handle({ ...from, sequence: 4, acknowledge: 2, body: 'w' }, 1320);
    sessions.handle({ ...from, sequence: 8, acknowledge: 2, body: 'u' }, 1320);
    return sessions;
  }

  it('keeps its whole state, on another clock', () => {
    const state = busy().takeOut('app', 7, 1400)!;
    expect(state).toMatchObject({ sndUna: 3, rcvNxt: 6, backoff: 1, resendUntil: 41 });
    expect(state).toMatchObject({ ahead: [[8, 'u']], progressAgeMs: 300, heardAgeMs: 80 });
    expect(state.unacknowledged).toHaveLength(38);
    const other = side();
    expect(other.takeIn(state, 50_000)).toBe('taken');
    expect(other.takeOut('app', 7, 50_000)).toEqual(state);
  });

  it('at once sends only the rest of its retransmissions', () => {
    const quiet = side();
    const from = { endpoint: 'app', socket: 7, acknowledge: 0 };
    quiet.handle({ ...from, sequence: 1, body: 'open' }, 0);
    quiet.send('app', 7, 'a', 0);
    while (quiet.pollPdu() !== undefined);
    const other = side();
    other.takeIn(quiet.takeOut('app', 7, 10)!, 10);
    expect(other.pollPdu()).toBeUndefined();
    other.handleTimeout(210);
    expect(other.pollPdu()).toMatchObject({ sequence: 1, acknowledge: 1, body: 'a' });
  });

  it('still ends when its last body is acknowledged', () => {
    const sessions = side();
    const from = { endpoint: 'app', socket: 7 };
    sessions.handle({ ...from, sequence: 1, acknowledge: 0, body: 'open' }, 0);
    sessions.send('app', 7, 'end', 0);
    while (sessions.pollPdu() !== undefined);
    const other = side();
    other.takeIn(sessions.takeOut('app', 7, 10)!, 10);
    other.handle({ ...from, sequence: 0, acknowledge: 1, body: undefined }, 20);
    expect(other.size).toBe(0);
  });

  it('is refused if the socket already has a session, or if its version is unknown', () => {
    const state = busy().takeOut('app', 7, 1400)!;
    const other = side();
    expect(other.takeIn({ ...state, version: 2 }, 0)).toBe('version not readable');
    expect(other.size).toBe(0);
    other.takeIn(state, 0);
    expect(other.takeIn(state, 0)).toBe('socket in use');
  });
});
