import { MemoryBus } from '@strata/bus';
import type { Channel } from '@strata/contract';
import type { Outcome } from '@strata/wire';
import { defaultConfig } from '../src/config/index.ts';
import {
  askControl,
  fromBus,
  InstanceError,
  type LayerWiring,
  type Machine,
  type RunningLayer,
  SILENT,
  startLayer,
  toBus,
} from '../src/index.ts';
import { settle } from './support/settle.ts';
import { until } from './support/until.ts';
import { VirtualClock } from './support/virtual-clock.ts';

/** A memory bus that does not report that everything is one process. */
class OpenBus extends MemoryBus {
  override readonly lossless = false as never;
}

function channel(subject: string): Channel<string> {
  return {
    subject,
    keyOf: () => 'all',
    sizeOf: ({ length }) => length,
    encode: (batch) => new TextEncoder().encode(batch.join('\n')),
    decode: (bytes) => new TextDecoder().decode(bytes).split('\n'),
  };
}

const FROM_BELOW = channel('test.up');
const FROM_ABOVE = channel('test.down');
const OUT = channel('test.out');

/** A core that repeats everything in capitals, and records its calls. */
class Echo implements Machine {
  readonly calls: string[] = [];
  readonly #out: string[] = [];
  readonly #outcomes: string[] = [];
  deadlineMs = Number.POSITIVE_INFINITY;
  isObserved = false;
  /** How often its outcomes were polled. */
  polls = 0;

  handle(input: string, nowMs: number): void {
    if (input === 'bad') throw new Error('bad input');
    this.calls.push(`${input} at ${nowMs}`);
    this.say(`${input}!`);
    if (this.isObserved) this.#outcomes.push(input);
  }

  say(output: string): void {
    this.#out.push(output);
  }

  handleTimeout(nowMs: number): void {
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.say(`timeout at ${nowMs}`);
  }

  nextDeadlineMs(): number {
    return this.deadlineMs;
  }

  poll(): string | undefined {
    return this.#out.shift();
  }

  observe(on: boolean): void {
    this.calls.push(`observe ${on}`);
    this.isObserved = on;
  }

  pollOutcome(): Outcome | undefined {
    this.polls += 1;
    const pdu = this.#outcomes.shift();
    if (pdu === undefined) return undefined;
    return { ...OUTCOME, pdu };
  }
}

const OUTCOME = {
  layer: 'network',
  atMs: 0,
  verdict: 'delivered',
  reason: 'CONSUMED',
  cause: { kind: 'indication', name: 'test', id: 1 },
  about: undefined,
  change: undefined,
} as const;

describe('startLayer', () => {
  let bus: MemoryBus;
  let core: Echo;
  let clock: VirtualClock;
  let closed: number;
  const published: string[][] = [];
  const running: RunningLayer[] = [];

  beforeEach(() => {
    bus = new MemoryBus();
    core = new Echo();
    clock = new VirtualClock();
    closed = 0;
    published.length = 0;
    bus.subscribe(OUT, (batch) => published.push(batch));
  });

  afterEach(async () => {
    for (const one of running.splice(0)) await one.stop();
    await bus.close();
  });

  async function start(more: Partial<LayerWiring> = {}): Promise<RunningLayer> {
    const handle = core.handle.bind(core);
    const context = { bus, config: defaultConfig(), stack: 'server', log: SILENT, clock };
    const layer = await startLayer('network', context, () => ({
      machine: core,
      outcomes: core,
      inputs: [
        fromBus(bus, 'indication', FROM_BELOW, handle, { isInput: true }),
        fromBus(bus, 'request', FROM_ABOVE, handle, { isCredited: true }),
      ],
      outputs: [toBus(bus, OUT, () => core.poll())],
      counters: () => ({ InThings: core.calls.length }),
      close: () => {
        closed += 1;
      },
      ...more,
    }));
    running.push(layer);
    return layer;
  }

  const ask = <Kind extends 'health' | 'counters'>(kind: Kind) =>
    askControl(bus, 'server', 'network', { kind }, kind);

  it('hands each PDU of its inputs to the core, and publishes the outputs of a batch together', async () => {
    await start();
    bus.publish(FROM_BELOW, ['one', 'two']);
    await settle();
    expect(core.calls).toEqual(['one at 0', 'two at 0']);
    expect(published).toEqual([['one!', 'two!']]);
  });

  it('publishes under the claims that it was started with', async () => {
    const claimed = { ...OUT, claims: { epochOf: () => 0, shardOf: () => 5 } };
    const epochOf = (shard: number) => (shard === 5 ? 2 : 0);
    const context = { bus, config: defaultConfig(), stack: 'server', log: SILENT, clock, epochOf };
    core.say('mine');
    const layer = await startLayer('network', context, (inner) => ({
      machine: core,
      outcomes: core,
      inputs: [],
      outputs: [toBus(inner.bus, claimed, () => core.poll(), inner.epochOf)],
      counters: () => ({}),
    }));
    running.push(layer);
    await settle();
    bus.publish(claimed, ['of one that has lost shard 5'], () => 1);
    await settle();
    expect(published.flat()).toEqual(['mine']);
  });

  it("runs the core's timer", async () => {
    core.deadlineMs = 20;
    await start();
    clock.turnTo(20);
    await settle();
    expect(published).toEqual([['timeout at 20']]);
  });

  it("publishes the core's first outputs when its inputs are open", async () => {
    core.say('here I am');
    await start({
      started: () => {
        core.say('late');
        bus.publish(FROM_BELOW, ['heard']);
      },
    });
    await settle();
    expect(published.flat()).toEqual(['here I am', 'late', 'heard!']);
  });

  it('runs actions on the core from outside, and publishes their outputs', async () => {
    const context = { bus, config: defaultConfig(), stack: 'server', log: SILENT, clock };
    const layer = await startLayer('network', context, ({ run }) => ({
      machine: core,
      outcomes: core,
      inputs: [],
      outputs: [toBus(bus, OUT, () => core.poll())],
      counters: () => ({}),
      handlers: {
        routes: () => {
          run((nowMs) => core.say(`asked at ${nowMs}`));
          return { kind: 'routes', routes: [] };
        },
      },
    }));
    running.push(layer);
    await askControl(bus, 'server', 'network', { kind: 'routes' }, 'routes');
    await settle();
    expect(published).toEqual([['asked at 0']]);
  });

  it('counts what its bounded queues drop, and exceptions of the core', async () => {
    const layer = await start();
    bus.publish(FROM_BELOW, ['bad', 'good']);
    await settle();
    const below = { indication_dropped: 0, indication_malformed: 0, indication_stale: 0 };
    const above = { request_malformed: 0, request_stale: 0 };
    const all = { InThings: 1, ...below, ...above, core_errors: 1 };
    expect(layer.counters()).toEqual(all);
    expect((await ask('counters')).counters).toEqual(all);
    bus.publish(
      FROM_BELOW,
      Array.from({ length: 16_500 }, () => 'x'),
    );
    bus.publish(
      FROM_ABOVE,
      Array.from({ length: 16_500 }, () => 'y'),
    );
    expect(layer.counters()['indication_dropped']).toBe(116);
    const heard = () => core.calls.filter((it) => it.startsWith('y')).length;
    await until('all requests were handled', () => heard() === 16_500);
  });

  it('is ok if the bus and everything else that the layer needs are ok', async () => {
    const reasons = ['the TAP interface of eth0 is gone'];
    const layer = await start({
      health: () => ({ devices: { ok: reasons.length === 0, reasons } }),
    });
    expect(layer.health()).toEqual({ ok: false, reasons: [`devices: ${reasons[0]}`] });
    reasons.pop();
    expect(layer.health()).toEqual({ ok: true, reasons: [] });
  });

  it('drains: it reports that, closes its inputs, and publishes its last outputs before it stops answering', async () => {
    const order: string[] = [];
    bus.subscribe(OUT, (batch) => order.push(...batch));
    const layer = await start({
      inputs: [() => ({ close: () => order.push('input closed') })],
      lastWords: (nowMs) => {
        order.push('last words');
        core.say(`goodbye at ${nowMs}`);
      },
      close: async () => {
        closed += 1;
        order.push('closed');
        await settle();
        order.push((await ask('health')).health.status);
      },
    });
    const stopping = layer.stop();
    expect((await ask('health')).health.status).toBe('draining');
    await Promise.all([stopping, layer.stop()]);
    const last = ['closed', 'goodbye at 0', 'draining'];
    expect(order).toEqual(['input closed', 'last words', ...last]);
    expect(closed).toBe(1);
    await expect(ask('health')).rejects.toThrow('nobody serves network of stack server');
  });

  it('closes what was opened if it cannot start', async () => {
    const opened: string[] = [];
    const input = (name: string) => () => {
      opened.push(name);
      return { close: () => opened.splice(opened.indexOf(name), 1) };
    };
    const broken = () => {
      throw new Error('no such device');
    };
    await expect(start({ inputs: [input('first'), broken] })).rejects.toThrow('no such device');
    expect(opened).toEqual([]);
    expect(closed).toBe(1);
    expect(running).toEqual([]);
    await expect(ask('health')).rejects.toThrow('nobody serves network');
  });

  it('refuses a second instance if other processes may be on the bus', async () => {
    await bus.close();
    bus = new OpenBus();
    await start();
    await expect(start()).rejects.toThrow(InstanceError);
    expect(closed).toBe(0);
  });

  it('observes the core only while there are listeners, and tells all of them', async () => {
    const layer = await start();
    bus.publish(FROM_BELOW, ['unseen']);
    await settle();
    expect(core.polls).toBe(0);
    const [first, second]: unknown[][] = [[], []];
    const stopFirst = layer.observeOutcomes(({ pdu }) => first!.push(pdu));
    bus.publish(FROM_BELOW, ['one', 'two']);
    await settle();
    const stopSecond = layer.observeOutcomes(({ pdu }) => second!.push(pdu));
    bus.publish(FROM_BELOW, ['three']);
    await settle();
    stopFirst();
    stopFirst();
    bus.publish(FROM_BELOW, ['four']);
    await settle();
    expect(core.isObserved).toBe(true);
    stopSecond();
    bus.publish(FROM_BELOW, ['five']);
    await settle();
    expect(first).toEqual(['one', 'two', 'three']);
    expect(second).toEqual(['three', 'four']);
    expect(core.calls.filter((it) => it.startsWith('observe'))).toEqual([
      'observe true',
      'observe false',
    ]);
  });
});
