import { existsSync, readFileSync } from 'node:fs';
import {
  ADDRESS_B,
  createTcpPair,
  LivelockError,
  Pair,
  runSeed,
  SeedError,
  SimulatedApplication,
  type SimulatedTransport,
  type StreamPlan,
  TraceRecorder,
} from '@strata/simulator';
import { UNSPECIFIED_IPV4 } from '@strata/wire';

function transfer(seed: number, server: StreamPlan, recorder?: TraceRecorder) {
  const remote = { address: ADDRESS_B, port: 80 };
  const local = { address: UNSPECIFIED_IPV4, port: 80 };
  return createTcpPair(
    seed,
    {
      a: { connect: [{ remote, stream: { send: 5000, sendSeed: 3 } }] },
      b: { listen: [{ local, stream: () => server }] },
      wire: { delayMs: 10, lossRatio: 0.1 },
    },
    recorder,
  );
}

describe('a pair', () => {
  it('runs until nothing is left to happen', () => {
    const { pair, applications } = transfer(1, { expect: 5000, expectSeed: 3 });
    expect(pair.run()).toBe(true);
    expect(applications[1].streams[0]?.receivedOctets).toBe(5000);
  });

  it('gives the same run for the same seed, packet by packet', () => {
    const traceOf = (seed: number) => {
      const recorder = new TraceRecorder();
      transfer(seed, {}, recorder).pair.run();
      return recorder.lines();
    };
    expect(traceOf(5)).toEqual(traceOf(5));
    expect(traceOf(5)).not.toEqual(traceOf(6));
  });

  it('finds a wrong octet', () => {
    const { pair } = transfer(1, { expectSeed: 4 });
    expect(() => pair.run()).toThrow(/a wrong octet at offset 0/);
  });

  it('finds that too little came', () => {
    const { pair } = transfer(1, { expect: 5001 });
    expect(() => pair.run()).toThrow(/end after 5000 of 5001 octets/);
  });

  it('ends a livelock: a timer that never moves', () => {
    const stuck: SimulatedTransport = {
      handleIndication() {},
      handleRequest() {},
      handleTimeout() {},
      pollNetworkRequest: () => undefined,
      pollIndication: () => undefined,
      nextDeadlineMs: () => 10,
    };
    const applications = [
      new SimulatedApplication('A', {}),
      new SimulatedApplication('B', {}),
    ] as const;
    const options = { seed: 1, transports: [stuck, stuck] as const, applications };
    const pair = new Pair({ ...options, wires: [{}, {}], eventBudget: 1000 });
    expect(() => pair.run()).toThrow(LivelockError);
  });
});

describe('runSeed', () => {
  it('names the seed and leaves a trace and a capture of a run that fails', () => {
    let failure: unknown;
    try {
      runSeed('a test of failing', 7, (seed, recorder) => {
        transfer(seed, { expectSeed: 4 }, recorder).pair.run();
      });
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(SeedError);
    const { message } = failure as SeedError;
    expect(message).toContain('STRATA_SEED=7');
    expect(message).toMatch(/SYN,ACK seq=0 ack=1/);
    const [path] = /\S+\.pcapng/.exec(message) ?? [''];
    expect(existsSync(path)).toBe(true);
    expect(readFileSync(path).readUInt32LE(0)).toBe(0x0a0d0d0a);
  });
});
