import { type Bus, BusError, MemoryBus } from '@strata/bus';
import { defaultConfig } from '../src/config/index.ts';
import {
  type Health,
  InstanceError,
  type Logger,
  type Running,
  runAlone,
  SILENT,
} from '../src/index.ts';
import { claimChannel } from '../src/single-instance/claim.ts';
import { until } from './support/until.ts';

/** Short times, because the tests wait for them. */
const TIMES = { answerMs: 50, drainMs: 400, claimMs: 20 };

const memory = new MemoryBus();

afterAll(() => memory.close());

/** A bus between processes. A process can be cut off from it, as by a split of NATS. */
class ProcessBus {
  isCut = false;
  readonly bus: Bus;

  constructor() {
    const cut = () => this.isCut;
    this.bus = new Proxy<Bus>(memory, {
      get(target, name) {
        if (name === 'lossless') return false;
        if (name === 'request' && cut()) {
          return () => Promise.reject(new BusError('BUS_NO_RESPONDERS', 'nobody answers'));
        }
        if (name === 'publish' && cut()) return () => undefined;
        if (name === 'subscribe') return (...of: Parameters<Bus['subscribe']>) => hear(of, cut);
        const value = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }
}

/** Subscribes to what arrives while it is not cut off. */
function hear([channel, handler]: Parameters<Bus['subscribe']>, cut: () => boolean) {
  return memory.subscribe(channel, (batch, key) => {
    if (!cut()) handler(batch, key);
  });
}

/** Resolves after this many more claims of a stack's instances. */
async function claimsOf(stack: string, count: number): Promise<void> {
  let seen = 0;
  const claims = memory.subscribe(claimChannel(stack, 'network'), (batch) => {
    seen += batch.length;
  });
  await until('claims', () => seen >= count);
  claims.close();
}

let stacks = 0;
/** A stack name that no other test uses. */
function freshStack(): string {
  stacks += 1;
  return `s${stacks}`;
}

class Part implements Running {
  isStarted = false;
  stops = 0;
  /** Draining lasts until somebody calls this. */
  end: () => void = () => {};
  readonly #ended: Promise<void>;

  constructor(drains = false) {
    this.#ended = drains
      ? new Promise((resolve) => {
          this.end = resolve;
        })
      : Promise.resolve();
  }

  health(): Health {
    return { ok: true, reasons: [] };
  }

  counters() {
    return { stops: this.stops };
  }

  stop(): Promise<void> {
    this.stops += 1;
    return this.#ended;
  }
}

const running: Running[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
});

interface Starting {
  readonly part?: Part;
  readonly process?: ProcessBus;
  readonly layer?: string;
  readonly log?: Logger;
}

async function start(stack: string, starting: Starting = {}): Promise<Running> {
  const {
    part = new Part(),
    process = new ProcessBus(),
    layer = 'network',
    log = SILENT,
  } = starting;
  const context = { bus: process.bus, config: defaultConfig(), stack, log };
  const one = await runAlone(
    layer,
    context,
    async () => {
      part.isStarted = true;
      return part;
    },
    TIMES,
  );
  running.push(one);
  return one;
}

/** A log that keeps its warnings. */
function keepWarnings(): { readonly log: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const log: Logger = {
    ...SILENT,
    warn: (_fields, message) => lines.push(message ?? ''),
    child: () => log,
  };
  return { log, lines };
}

describe('A layer with one instance per stack', () => {
  it('is refused while another instance runs, with a message that names it', async () => {
    const stack = freshStack();
    await start(stack);
    const part = new Part();
    const second = start(stack, { part });
    await expect(second).rejects.toThrow(InstanceError);
    await expect(second).rejects.toThrow(
      new RegExp(
        `^network of stack ${stack} runs already \\(pid ${process.pid} on .*, since 20.*Z\\): there may be one, layers do not scale yet\\. Stop that one first`,
      ),
    );
    expect(part.isStarted).toBe(false);
  });

  it('runs beside another layer, and beside the same layer of another stack', async () => {
    const stack = freshStack();
    await start(stack);
    await expect(start(stack, { layer: 'link' })).resolves.toBeDefined();
    await expect(start(freshStack())).resolves.toBeDefined();
  });

  it('starts at once if no other instance runs', async () => {
    const startedMs = performance.now();
    await start(freshStack());
    expect(performance.now() - startedMs).toBeLessThan(TIMES.answerMs);
  });

  it('starts if the other instance has stopped, or could not start', async () => {
    const stack = freshStack();
    await (await start(stack)).stop();
    const context = { bus: new ProcessBus().bus, config: defaultConfig(), stack, log: SILENT };
    const failing = runAlone(
      'network',
      context,
      () => Promise.reject(new Error('no device')),
      TIMES,
    );
    await expect(failing).rejects.toThrow('no device');
    await expect(start(stack)).resolves.toBeDefined();
  });

  it('starts after a moment if the other instance is dead and NATS does not know it yet', async () => {
    const stack = freshStack();
    const subject = `strata.v1.${stack}.control.network.instance`;
    const handler = () => new Promise<Uint8Array>(() => {});
    const endpoints = { instance: { subject, handler } };
    const dead = memory.serve({
      name: 'dead',
      version: '1',
      description: '',
      metadata: {},
      endpoints,
    });
    await expect(start(stack)).resolves.toBeDefined();
    await dead.stop();
  });

  it('waits for an instance that is draining, and says so', async () => {
    const stack = freshStack();
    const part = new Part(true);
    const first = await start(stack, { part });
    const stopped = first.stop();
    const { log, lines } = keepWarnings();
    let isUp = false;
    const second = start(stack, { log }).then(() => {
      isUp = true;
    });
    await until('it says that it waits', () => lines.length > 0);
    expect(lines[0]).toMatch(
      /^waiting for the network of stack s\d+ that is draining \(.*\), 400 ms at most$/,
    );
    expect(isUp).toBe(false);
    part.end();
    await stopped;
    await second;
    expect(lines).toHaveLength(1);
  });

  it('does not wait for ever for an instance that is draining', async () => {
    const stack = freshStack();
    const part = new Part(true);
    const first = await start(stack, { part });
    const stopped = first.stop();
    const { log, lines } = keepWarnings();
    const second = await start(stack, { log });
    expect(lines.at(-1)).toMatch(/has not ended: starting beside it$/);
    part.end();
    await stopped;
    expect(second.health().ok).toBe(true);
  });

  it('may run twice if the bus is inside one process: `strata up` starts each layer once', async () => {
    const context = { bus: memory, config: defaultConfig(), stack: freshStack(), log: SILENT };
    for (const part of [new Part(), new Part()]) {
      expect(await runAlone('network', context, async () => part)).toBe(part);
    }
  });
});

describe('Two instances that could not see each other when they started', () => {
  it('see each other later: the younger one stops working and is unhealthy, the older one continues', async () => {
    const stack = freshStack();
    const parts = [new Part(), new Part()] as const;
    const older = await start(stack, { part: parts[0] });
    const process = new ProcessBus();
    process.isCut = true;
    // At least a millisecond later, because the clock counts milliseconds.
    const startedMs = Date.now();
    await until('the clock goes on', () => Date.now() > startedMs);
    const younger = await start(stack, { part: parts[1], process });
    await claimsOf(stack, 3);
    expect(younger.health().ok).toBe(true);
    process.isCut = false;
    await until('it finds out', () => !younger.health().ok);
    expect(younger.health().reasons).toEqual([
      expect.stringMatching(
        /^instance: network of stack s\d+ runs already .* This one has stopped working$/,
      ),
    ]);
    expect(parts.map(({ stops }) => stops)).toEqual([0, 1]);
    expect(older.health().ok).toBe(true);
    // A third instance still finds the older one. Without the older one the place is free.
    await expect(start(stack)).rejects.toThrow(InstanceError);
    await older.stop();
    await expect(start(stack)).resolves.toBeDefined();
  });

  it('may start at the very same moment: exactly one continues', async () => {
    for (let round = 0; round < 20; round += 1) {
      const stack = freshStack();
      const parts = [new Part(), new Part(), new Part()];
      const outcomes = await Promise.allSettled(parts.map((part) => start(stack, { part })));
      const up = outcomes.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
      for (const it of outcomes) {
        if (it.status === 'rejected') expect(it.reason).toBeInstanceOf(InstanceError);
      }
      await until('one is left', () => up.filter((one) => one.health().ok).length <= 1);
      // It stays the only one.
      await claimsOf(stack, 3);
      expect(up.filter((one) => one.health().ok)).toHaveLength(1);
      expect(parts.filter(({ isStarted, stops }) => isStarted && stops === 0)).toHaveLength(1);
    }
  });
});
