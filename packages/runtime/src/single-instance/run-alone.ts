/** A layer of a stack has one instance: a second one would answer each PDU once more. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { BusError, type RunningService, type Subscription } from '@strata/bus';
import { type Channel, controlSubject } from '@strata/contract';
import type { Logger } from '../log.ts';
import { STRATA_VERSION } from '../names.ts';
import { combineHealth, type Health, type Running, type ServiceContext } from '../running.ts';
import {
  type Claim,
  claimChannel,
  decodeClaim,
  describeClaim,
  encodeClaim,
  yieldsTo,
} from './claim.ts';

/** Raised if an instance may not start because another one runs. */
export class InstanceError extends Error {
  override readonly name = 'InstanceError';
  readonly code = 'INSTANCE_RUNNING';
}

export interface AloneTimes {
  /**
   * How long a running instance may take to answer. A crashed one never answers. Milliseconds,
   * default 250.
   */
  readonly answerMs?: number | undefined;
  /**
   * How long to wait for an instance that is draining. Milliseconds, default 10,000: longer than
   * draining may take.
   */
  readonly drainMs?: number | undefined;
  /**
   * Time between two claims: how soon two instances find out that they are two. Milliseconds,
   * default 2,000.
   */
  readonly claimMs?: number | undefined;
}

const ANSWER_MS = 250;
const DRAIN_MS = 10_000;
const CLAIM_MS = 2000;
/** Time between two questions to an instance that is draining. */
const POLL_MS = 100;

/**
 * Starts a layer of which a stack has one instance. If another instance runs, it rejects with
 * InstanceError. If another one is draining, it waits for that one, up to `drainMs`. Two instances
 * may find out later that they are two: they started at the same moment, or NATS was split. Then
 * the younger one stops working and is unhealthy from then on.
 *
 * Only instances that answer count, so a crashed one leaves nothing behind. On a lossless bus,
 * which is inside one process, it only calls `start`.
 */
export async function runAlone(
  layer: string,
  context: ServiceContext,
  start: () => Promise<Running>,
  times: AloneTimes = {},
): Promise<Running> {
  if (context.bus.lossless) return start();
  const instance = new Instance(layer, context, times);
  await instance.awaitTurn();
  instance.claim();
  try {
    await instance.run(start);
    return instance;
  } catch (error) {
    await instance.leave();
    throw error;
  }
}

class Instance implements Running {
  readonly #layer: string;
  readonly #context: ServiceContext;
  readonly #log: Logger;
  readonly #times: AloneTimes;
  readonly #channel: Channel<Claim>;
  readonly #subject: string;
  #own: Claim;
  #other: Claim | undefined;
  #part: Running | undefined;
  #service: RunningService | undefined;
  #claims: Subscription | undefined;
  #timer: NodeJS.Timeout | undefined;
  #forgetStatus: () => void = () => {};
  #stopped: Promise<void> | undefined;

  constructor(layer: string, context: ServiceContext, times: AloneTimes) {
    this.#layer = layer;
    this.#context = context;
    this.#times = times;
    this.#log = context.log.child({ layer, stack: context.stack });
    this.#channel = claimChannel(context.stack, layer);
    this.#subject = controlSubject(context.stack, layer, 'instance');
    this.#own = {
      id: randomBytes(8).toString('hex'),
      startedMs: Date.now(),
      state: 'running',
      where: `pid ${process.pid} on ${hostname()}`,
    };
  }

  /** Resolves when no other instance runs. Throws InstanceError if one does. */
  async awaitTurn(): Promise<void> {
    const { drainMs = DRAIN_MS } = this.#times;
    const deadlineMs = performance.now() + drainMs;
    let isTold = false;
    for (let other = await this.#ask(); other !== undefined; other = await this.#ask()) {
      if (other.state === 'running') throw new InstanceError(this.#refusal(other));
      const who = `the ${this.#what()} that is draining (${describeClaim(other)})`;
      if (performance.now() >= deadlineMs) {
        return this.#log.warn({ drainMs }, `${who} has not ended: starting beside it`);
      }
      if (!isTold) this.#log.warn({ drainMs }, `waiting for ${who}, ${drainMs} ms at most`);
      isTold = true;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Another instance that answers, if there is one. */
  async #ask(): Promise<Claim | undefined> {
    const { answerMs = ANSWER_MS } = this.#times;
    try {
      const answer = await this.#context.bus.request(this.#subject, new Uint8Array(0), answerMs);
      return decodeClaim(answer);
    } catch (error) {
      // Nobody answers: no instance runs, or it crashed. An answer that is not a claim is not from
      // an instance.
      if (error instanceof BusError && error.code === 'BUS_CLOSED') throw error;
      return undefined;
    }
  }

  #what(): string {
    return `${this.#layer} of stack ${this.#context.stack}`;
  }

  #refusal(other: Claim): string {
    return (
      `${this.#what()} runs already (${describeClaim(other)}): there may be one, layers do not scale yet. ` +
      'Stop that one first, or start this one for another stack (--stack)'
    );
  }

  /** Tells the other instances, and answers them from now on. */
  claim(): void {
    const { bus } = this.#context;
    const { claimMs = CLAIM_MS } = this.#times;
    this.#service = bus.serve({
      name: `strata-${this.#layer}-instance`,
      version: STRATA_VERSION,
      description: `Which ${this.#what()} runs: there may be one`,
      metadata: { stack: this.#context.stack, layer: this.#layer },
      endpoints: {
        instance: { subject: this.#subject, handler: () => encodeClaim(this.#own) },
      },
    });
    this.#claims = bus.subscribe(this.#channel, (batch) => {
      for (const claim of batch) this.#hear(claim);
    });
    this.#tell();
    this.#timer = setInterval(() => this.#tell(), claimMs);
    this.#timer.unref();
    this.#forgetStatus = bus.onStatus((status) => {
      if (status === 'connected') this.#tell();
    });
  }

  #tell(): void {
    this.#context.bus.publish(this.#channel, [this.#own]);
  }

  /** Another instance runs, which did not answer when we asked. */
  #hear(other: Claim): void {
    if (other.id === this.#own.id || this.#isOver) return;
    if (other.state === 'draining') return;
    // The other one has to stop. It learns of us by our claim.
    if (!yieldsTo(this.#own, other)) return this.#tell();
    this.#other = other;
    this.#log.error({ other }, `${this.#refusal(other)}: this one stops working`);
    void this.leave();
    void this.#part?.stop();
  }

  get #isOver(): boolean {
    return this.#other !== undefined || this.#stopped !== undefined;
  }

  async run(start: () => Promise<Running>): Promise<void> {
    this.#part = await start();
    if (this.#other === undefined) return;
    await this.#part.stop();
    throw new InstanceError(this.#refusal(this.#other));
  }

  health(): Health {
    const part = this.#part!.health();
    if (this.#other === undefined) return part;
    const why = `${this.#refusal(this.#other)}. This one has stopped working`;
    return combineHealth({ instance: { ok: false, reasons: [why] }, part });
  }

  counters() {
    return this.#part!.counters();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#own = { ...this.#own, state: 'draining' };
    clearInterval(this.#timer);
    await this.#part?.stop();
    await this.leave();
  }

  /** Stops claiming: another instance may start. */
  async leave(): Promise<void> {
    clearInterval(this.#timer);
    this.#forgetStatus();
    this.#claims?.close();
    await this.#service?.stop();
  }
}
