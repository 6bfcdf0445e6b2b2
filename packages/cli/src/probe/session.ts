import type { ConsoleApi } from '../console-api.ts';
import { CliError } from '../failure.ts';

/** A probe as POST /api/probe takes it. What is absent has the API's default. */
export interface ApiProbe {
  readonly kind: 'echo' | 'udp' | 'tcp';
  /** The address, in text. */
  readonly destination: string;
  readonly source?: string | undefined;
  readonly interfaceName?: string | undefined;
  readonly ttl?: number | undefined;
  readonly tos?: number | undefined;
  readonly fragmentation?: 'want' | 'dont' | 'do' | 'probe' | undefined;
  readonly octets: number;
  /** Hexadecimal, as options. */
  readonly pattern?: string | undefined;
  readonly options?: string | undefined;
  readonly sequence: number;
  readonly identifier?: number | undefined;
  readonly sourcePort?: number | undefined;
  readonly destinationPort?: number | undefined;
  readonly timeoutMs: number;
  readonly allowBroadcast?: boolean | undefined;
}

/** What became of a probe, as the API tells it. */
export interface ApiProbeEvent {
  readonly sequence: number;
  readonly outcome:
    | 'timeout'
    | 'reply'
    | 'datagram'
    | 'syn-ack'
    | 'reset'
    | 'icmp error'
    | 'not sent';
  readonly from?: string;
  readonly ttl?: number;
  readonly tos?: number;
  readonly rttMs?: number;
  readonly octets?: number;
  readonly options?: string;
  readonly duplicate?: boolean;
  readonly late?: boolean;
  readonly icmpType?: number;
  readonly icmpCode?: number;
  readonly mtu?: number;
  readonly gateway?: string;
  readonly pointer?: number;
  readonly local?: boolean;
  readonly quoted?: string;
  readonly data?: string;
  readonly badChecksum?: boolean;
  readonly error?: string;
}

interface Answer {
  readonly session: number;
  readonly events: readonly ApiProbeEvent[];
  readonly lost: number;
}

/** Most probes in one request, and its longest wait. */
const MAX_PROBES = 64;
const MAX_WAIT_MS = 30_000;

/** What a program of probes needs of a session. Tests give one of their own. */
export interface ProbeExchange {
  /**
   * Sends probes, and waits up to `waitMs` for events of the session; also those of earlier probes.
   * An aborted `signal` ends the wait, without events.
   */
  exchange(
    probes: readonly ApiProbe[],
    waitMs: number,
    signal?: AbortSignal,
  ): Promise<readonly ApiProbeEvent[]>;
}

/** A session of probes of one stack, by the console's API. */
export class ProbeSession implements ProbeExchange {
  readonly #api: ConsoleApi;
  readonly #stack: string;
  #session = 0;

  constructor(api: ConsoleApi, stack: string) {
    this.#api = api;
    this.#stack = stack;
  }

  /** The session's number, which is the identifier of its ICMP messages. 0: it has none yet. */
  get number(): number {
    return this.#session;
  }

  async exchange(
    probes: readonly ApiProbe[],
    waitMs: number,
    signal?: AbortSignal,
  ): Promise<readonly ApiProbeEvent[]> {
    const events: ApiProbeEvent[] = [];
    let from = 0;
    for (; probes.length - from > MAX_PROBES; from += MAX_PROBES) {
      events.push(...(await this.#ask(probes.slice(from, from + MAX_PROBES), 0, signal)));
    }
    const wait = events.length > 0 ? 0 : Math.max(0, Math.min(MAX_WAIT_MS, Math.ceil(waitMs)));
    events.push(...(await this.#ask(probes.slice(from), wait, signal)));
    return events;
  }

  /** Ends the session. A console that is gone is no error any more. */
  async end(): Promise<void> {
    if (this.#session === 0) return;
    const body = { session: this.#session, end: true };
    try {
      await this.#api.post('/api/probe', { stack: this.#stack }, body);
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
    }
  }

  async #ask(
    probes: readonly ApiProbe[],
    waitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<readonly ApiProbeEvent[]> {
    const body = { session: this.#session, probes, waitMs };
    const asked = this.#api.post<Answer>('/api/probe', { stack: this.#stack }, body, signal);
    try {
      const { session, events } = await asked;
      this.#session = session;
      return events;
    } catch (error) {
      if (signal?.aborted) return [];
      throw error;
    }
  }
}
