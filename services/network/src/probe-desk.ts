import type { ControlReply, ControlRequest, ProbeEvent } from '@strata/contract';
import type { NetworkCore } from '@strata/network';
import { type Clock, ControlError } from '@strata/runtime';

type ProbeRun = Extract<ControlRequest, { kind: 'probe' }>;
type Probes = Extract<ControlReply, { kind: 'probes' }>;

export interface ProbeDeskOptions {
  readonly core: NetworkCore;
  readonly clock: Clock;
  /** Does something to the core, then polls its outputs. */
  run<Result>(action: (nowMs: number) => Result): Result;
}

/** Events of one session that nobody has fetched. */
interface Mailbox {
  events: ProbeEvent[];
  lost: number;
  /** Hands the events to a waiting request, the oldest first. */
  readonly waiting: (() => void)[];
}

/** Events that wait in a session. Further ones are counted, and their number is reported. */
const MAX_WAITING_EVENTS = 4096;
/** Events, and octets of data in them, in one reply: it must fit into a message of the bus. */
const MAX_REPLY_EVENTS = 512;
const MAX_REPLY_OCTETS = 262_144;
/** What an event has beside its data, at most. */
const EVENT_OCTETS = 320;

/**
 * Answers requests for probes: each request waits here for the events of its session, which the
 * core has by and by.
 */
export class ProbeDesk {
  readonly #options: ProbeDeskOptions;
  readonly #mail = new Map<number, Mailbox>();
  #isClosed = false;

  constructor(options: ProbeDeskOptions) {
    this.#options = options;
  }

  /** Rejects with NetworkError as `probe()` of the core throws, and with ControlError. */
  async answer({ session, probes, waitMs, end }: ProbeRun): Promise<Probes> {
    const { core, run } = this.#options;
    const [first, ...rest] = probes;
    const used = run((nowMs) => core.probe(session, first === undefined ? [] : [first], nowMs));
    if (used === undefined) {
      this.#mail.delete(session);
      throw new ControlError(
        'not-found',
        `there is no session ${session} of probes: it has ended, or network has started anew; 0 makes a new one`,
      );
    }
    if (session === 0) this.#forgetEnded();
    const mailbox = this.#mailbox(used);
    for (const probe of rest) {
      // Each has a time of its own, and so have the answers that come in between.
      await this.#turn();
      run((nowMs) => core.probe(used, [probe], nowMs));
    }
    if (mailbox.events.length === 0 && waitMs > 0 && !this.#isClosed) {
      await this.#wait(mailbox, waitMs);
    }
    const { lost } = mailbox;
    mailbox.lost = 0;
    const reply: Probes = { kind: 'probes', session: used, events: takeSome(mailbox), lost };
    if (end) {
      run(() => core.endProbes(used));
      this.#mail.delete(used);
    }
    return reply;
  }

  /** Polls the core's events. An output of the layer: called after each batch of its inputs. */
  collect(): void {
    const { core } = this.#options;
    for (let next = core.pollProbeEvent(); next; next = core.pollProbeEvent()) {
      const mailbox = this.#mailbox(next.session);
      if (mailbox.events.length < MAX_WAITING_EVENTS) mailbox.events.push(next.event);
      else mailbox.lost += 1;
      mailbox.waiting.shift()?.();
    }
  }

  /** Requests that wait are answered at once. */
  close(): void {
    this.#isClosed = true;
    for (const { waiting } of this.#mail.values()) for (const wake of waiting.splice(0)) wake();
  }

  /** Sessions end in the core without a word, when nobody uses them. */
  #forgetEnded(): void {
    for (const session of this.#mail.keys()) {
      if (!this.#options.core.hasProbeSession(session)) this.#mail.delete(session);
    }
  }

  #mailbox(session: number): Mailbox {
    const known = this.#mail.get(session);
    if (known !== undefined) return known;
    const created: Mailbox = { events: [], lost: 0, waiting: [] };
    this.#mail.set(session, created);
    return created;
  }

  /** One turn of the event loop. */
  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#options.clock.after(0, resolve);
    });
  }

  #wait(mailbox: Mailbox, waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        cancel();
        resolve();
      };
      const cancel = this.#options.clock.after(waitMs, () => {
        const at = mailbox.waiting.indexOf(wake);
        if (at >= 0) mailbox.waiting.splice(at, 1);
        resolve();
      });
      mailbox.waiting.push(wake);
    });
  }
}

/** Takes as many of the events as fit into a reply. */
function takeSome(mailbox: Mailbox): ProbeEvent[] {
  let [count, octets] = [0, 0];
  for (const { data } of mailbox.events) {
    octets += EVENT_OCTETS + (data?.byteLength ?? 0);
    if (count > 0 && (count >= MAX_REPLY_EVENTS || octets > MAX_REPLY_OCTETS)) break;
    count += 1;
  }
  return mailbox.events.splice(0, count);
}
