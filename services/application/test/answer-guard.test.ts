import { AnswerGuard } from '../src/small/answer-guard.ts';

const LOCAL = { address: '192.0.2.2', port: 1007 };
const isOwn = (address: string) => address === LOCAL.address;

/** The number of answers that a peer gets for this many datagrams in a row. */
function answers(guard: AnswerGuard, remote: { address: string; port: number }, count: number) {
  return Array.from({ length: count }, () => guard.mayAnswer(remote, LOCAL)).filter(Boolean).length;
}

describe('A small service over UDP answers', () => {
  it.each([0, 7, 9, 13, 17, 19, 37, 53, 69, 123, LOCAL.port])('nobody on port %i', (port) => {
    const guard = new AnswerGuard(isOwn);
    expect(answers(guard, { address: '192.0.2.3', port }, 10)).toBe(0);
    expect(guard.unanswered).toBe(10);
  });

  it('nobody on the port of another service of this stack', () => {
    const guard = new AnswerGuard(isOwn, [1019]);
    expect(answers(guard, { address: '192.0.2.3', port: 1019 }, 10)).toBe(0);
    expect(answers(guard, { address: '192.0.2.3', port: 1020 }, 10)).toBe(10);
  });

  it.each(['192.0.2.255', '255.255.255.255', '224.0.0.1'])('nothing that was sent to %s', (to) => {
    const guard = new AnswerGuard(isOwn);
    const local = { ...LOCAL, address: to };
    expect(guard.mayAnswer({ address: '192.0.2.3', port: 40_000 }, local)).toBe(false);
  });

  it('a client at any rate, except each 1,000th datagram', () => {
    const guard = new AnswerGuard(isOwn);
    const client = { address: '192.0.2.3', port: 40_000 };
    expect(answers(guard, client, 999)).toBe(999);
    expect(answers(guard, client, 1)).toBe(0);
    expect(answers(guard, client, 10_000)).toBe(9990);
    expect(guard.unanswered).toBe(11);
  });

  it('each peer independently', () => {
    const guard = new AnswerGuard(isOwn);
    for (let port = 40_000; port < 40_100; port += 1) {
      expect(answers(guard, { address: '192.0.2.3', port }, 999)).toBe(999);
      expect(answers(guard, { address: '192.0.2.4', port }, 999)).toBe(999);
    }
  });

  it.each([1, 2, 10, 100])('a loop of %i forged datagrams 999 times each at most', (forged) => {
    const guard = new AnswerGuard(isOwn);
    const other = { address: '192.0.2.3', port: 1008 };
    let circulating = forged;
    let answered = 0;
    while (circulating > 0 && answered < 1_000_000) {
      if (guard.mayAnswer(other, LOCAL)) answered += 1;
      else circulating -= 1;
    }
    expect(circulating).toBe(0);
    expect(answered).toBeLessThanOrEqual(999 * forged);
  });

  it('a loop no longer if other peers send in between: it remembers 1,000 of them', () => {
    const guard = new AnswerGuard(isOwn);
    const loop = { address: '192.0.2.3', port: 1008 };
    let answered = 0;
    while (answered < 10_000 && guard.mayAnswer(loop, LOCAL)) {
      answered += 1;
      for (let port = 0; port < 1000; port += 1) {
        guard.mayAnswer({ address: '192.0.2.4', port: 40_000 + port }, LOCAL);
      }
    }
    expect(answered).toBe(999);
  });
});
