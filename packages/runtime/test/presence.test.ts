import { BusError, MemoryBus } from '@strata/bus';
import { encodeControlReply } from '@strata/contract';
import { Presence } from '../src/index.ts';
import { VirtualClock } from './support/virtual-clock.ts';

const HEALTH = {
  status: 'ready',
  layer: 'application',
  version: '1',
  uptimeMs: 5,
  detail: '',
  instance: 'web',
} as const;

type Answer = 'there' | 'absent' | 'timeout';

/** A bus whose status and whose endpoints' answers the test sets. */
class ScriptedBus extends MemoryBus {
  answer: Answer = 'there';
  asked = 0;
  isAway = false;
  #listener: (status: 'connected') => void = () => {};

  override get status() {
    return this.isAway ? ('disconnected' as const) : super.status;
  }

  override onStatus(listener: (status: 'connected') => void): () => void {
    this.#listener = listener;
    return () => {};
  }

  comeBack(): void {
    this.#listener('connected');
  }

  override async request(subject: string): Promise<Uint8Array> {
    expect(subject).toBe('strata.v1.server.control.app-1.health');
    this.asked += 1;
    if (this.answer === 'there') return encodeControlReply({ kind: 'health', health: HEALTH });
    const code = this.answer === 'absent' ? 'BUS_NO_RESPONDERS' : 'BUS_TIMEOUT';
    throw new BusError(code, this.answer);
  }
}

/** Waits until the answers are handled. */
async function turn(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

function create() {
  const bus = new ScriptedBus();
  const clock = new VirtualClock();
  const presence = new Presence(bus, 'server', clock);
  /** The verdict within this many milliseconds. */
  const judge = async (withinMs: number) => {
    let verdict: string | undefined;
    void presence.judge('app-1').then((it) => {
      verdict = it;
    });
    const endMs = clock.nowMs() + withinMs;
    await turn();
    while (verdict === undefined && clock.nowMs() < endMs) {
      clock.turnTo(clock.nowMs() + 100);
      await turn();
    }
    return verdict;
  };
  return { bus, clock, presence, judge };
}

describe('Presence', () => {
  it('asks an instance for its health', async () => {
    const { bus, presence } = create();
    expect(await presence.ask('app-1')).toEqual(HEALTH);
    bus.answer = 'absent';
    expect(await presence.ask('app-1')).toBeUndefined();
  });

  it('judges at once: an instance that answers is there, one that does not answer is silent', async () => {
    const { bus, judge } = create();
    expect(await judge(0)).toBe('there');
    bus.answer = 'timeout';
    expect(await judge(0)).toBe('silent');
  });

  it('judges an instance gone only after a second without a subscriber', async () => {
    const { bus, clock, judge } = create();
    bus.answer = 'absent';
    expect(await judge(900)).toBeUndefined();
    expect(await judge(200)).toBe('gone');
    const verdict = judge(2000);
    clock.turnTo(clock.nowMs() + 500);
    bus.answer = 'there';
    expect(await verdict).toBe('there');
  });

  it('asks once for several callers', async () => {
    const { bus, presence } = create();
    await Promise.all([presence.judge('app-1'), presence.judge('app-1')]);
    expect(bus.asked).toBe(1);
  });

  it('judges nobody while the bus is disconnected, nor soon after it has reconnected', async () => {
    const { bus, clock, judge } = create();
    bus.answer = 'absent';
    bus.isAway = true;
    expect(await judge(0)).toBe('there');
    bus.isAway = false;
    bus.comeBack();
    expect(await judge(0)).toBe('there');
    clock.turnTo(clock.nowMs() + 3000);
    expect(await judge(1200)).toBe('gone');
  });
});
