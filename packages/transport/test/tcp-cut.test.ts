import { runSeed, SeededRandom, type StreamPlan, seeds, type TcpPair } from '@strata/simulator';
import { createTransfer, require } from './tcp-pair-kit.ts';

const HOURS_MS = 24 * 3600 * 1000;

function closings(transfer: TcpPair): (string | undefined)[] {
  return transfer.applications.map(({ streams }) => streams[0]?.closed?.reason);
}

function nothingLeft(transfer: TcpPair): void {
  for (const [side, core] of transfer.cores.entries()) {
    require(core.nextDeadlineMs() === Infinity, `side ${side}: a timer runs`);
    const left = core.sockets().filter((socket) => socket.state !== 'LISTEN');
    require(left.length === 0, `side ${side}: ${left.map((socket) => socket.state)} left`);
  }
}

describe('a connection that is cut off (T23)', () => {
  it('times out on both sides if the wire is cut while both send', () => {
    for (const seed of seeds(20)) {
      runSeed('cut wire', seed, (value, recorder) => {
        const wire = { delayMs: 20, rateOctetsPerSecond: 100_000 };
        const size = 5_000_000;
        const transfer = createTransfer(value, { up: size, down: size, wire }, recorder);
        transfer.pair.run(1000 + new SeededRandom(value, 7).integer(0, 5000));
        for (const from of [0, 1] as const) {
          transfer.pair.wire(from).setImpairment({ lossRatio: 1 });
        }
        require(transfer.pair.run(transfer.pair.nowMs + HOURS_MS), 'timers still run');
        const reasons = closings(transfer);
        require(reasons.every((reason) => reason === 'timed out'), `closed for ${reasons}`);
        nothingLeft(transfer);
      });
    }
  });

  it('continues if the wire works again in time', () => {
    for (const seed of seeds(20)) {
      runSeed('wire mended', seed, (value, recorder) => {
        const wire = { delayMs: 20, rateOctetsPerSecond: 100_000 };
        const size = 300_000;
        const transfer = createTransfer(value, { up: size, down: size, wire }, recorder);
        const { pair } = transfer;
        pair.run(1000);
        for (const from of [0, 1] as const) pair.wire(from).setImpairment({ lossRatio: 1 });
        pair.run(1000 + new SeededRandom(value, 7).integer(1000, 300_000));
        for (const from of [0, 1] as const) pair.wire(from).setImpairment(wire);
        require(pair.run(pair.nowMs + HOURS_MS), 'timers still run');
        require(closings(transfer).join() === 'finished,finished', `${closings(transfer)}`);
        nothingLeft(transfer);
      });
    }
  });

  it('is reset by a peer that has crashed and lost its state (half-open, RFC 9293 3.5.1)', () => {
    const whole = createTransfer(1, { up: 0, down: 0, ...idle() });
    whole.pair.run(1000);
    const fresh = createTransfer(2, { up: 0, down: 0, ...idle() });
    const client = whole.applications[0].streams[0]!;
    const { socket } = client;
    whole.cores[0].handleRequest(
      { kind: 'send', socket, offset: 0, data: new Uint8Array(10), push: true },
      1000,
    );
    const sent = whole.cores[0].pollNetworkRequest();
    if (sent?.kind !== 'send') throw new Error('nothing was sent');
    const meta = { interfaceIndex: 1, cast: 'unicast' } as const;
    fresh.cores[1].handleIndication({ ...sent, ...meta, kind: 'segment' }, 1000);
    const answer = fresh.cores[1].pollNetworkRequest();
    if (answer?.kind !== 'send') throw new Error('nothing was answered');
    whole.cores[0].handleIndication({ ...answer, ...meta, kind: 'segment' }, 1000);
    expect(whole.cores[0].pollIndication()).toMatchObject({ kind: 'closed', reason: 'reset' });
  });

  it.each([
    ['aborts', 'abort'],
    ['closes and reads no more', 'close'],
  ] as const)('is reset if one end %s in the middle', (_, afterwards) => {
    for (const seed of seeds(40)) {
      runSeed(afterwards, seed, (value, recorder) => {
        const random = new SeededRandom(value, 7);
        const transfer = createTransfer(
          value,
          {
            up: 20_000,
            down: 400_000,
            wire: { delayMs: 20, lossRatio: random.pick([0, 0.1]), rateOctetsPerSecond: 200_000 },
            client: { stream: { afterwards, ...anything } },
          },
          recorder,
        );
        require(transfer.pair.run(HOURS_MS), 'timers still run');
        const [client, server] = closings(transfer);
        require(client !== undefined, 'the client was not told');
        // If the handshake's last ACK is lost, the server never offers the connection.
        const heard = transfer.applications[1].streams.length > 0;
        const wasCut = server === 'reset' || server === 'timed out';
        require(wasCut || !heard, `the server: ${server}`);
        nothingLeft(transfer);
      });
    }
  });
});

const anything: StreamPlan = { expect: undefined };

/** Both ends connect and then do nothing. */
function idle() {
  const stream: StreamPlan = { send: 0, afterwards: 'nothing', expect: undefined };
  return { client: { stream }, server: { stream } };
}
