import { connect, type NatsConnection } from '@nats-io/transport-node';
import { type Bus, BusError } from './bus.ts';
import { NatsBus } from './nats-bus.ts';
import type { NatsConnections } from './nats-links.ts';

export interface NatsOptions {
  /** One or several servers of one cluster: `host:port` or `nats://host:port`. */
  readonly servers: string | readonly string[];
  /**
   * The name that the server's monitoring shows, for example `strata-link`. The two connections
   * appear as `strata-link pdu` and `strata-link control`.
   */
  readonly name: string;
  /** Milliseconds between attempts to connect or reconnect. Default 250. */
  readonly retryDelayMs?: number | undefined;
  /** Milliseconds to try for the first connection. Default: no limit. */
  readonly connectTimeoutMs?: number | undefined;
  /** Aborts the wait for the first connection: connectNats rejects with BUS_CLOSED. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each failed attempt at the first connection. */
  readonly onWaiting?: ((error: Error, attempt: number) => void) | undefined;
  /**
   * Octets that may be in flight to the server. Beyond that, PDUs are dropped and counted. Default
   * 16 Mi.
   */
  readonly maxInFlightOctets?: number | undefined;
  /** Credentials, if the server requires them. */
  readonly credentials?:
    | { readonly user: string; readonly password: string }
    | { readonly token: string }
    | undefined;
}

/** A dead server is noticed after three times this. */
const PING_INTERVAL_MS = 5000;
const ATTEMPT_TIMEOUT_MS = 5000;

/**
 * Connects to NATS. Retries until it succeeds, and reconnects for ever when the connection is lost.
 * Rejects with BusError: BUS_CONNECT when `connectTimeoutMs` has passed, BUS_CLOSED when `signal`
 * aborts.
 */
export async function connectNats(options: NatsOptions): Promise<Bus> {
  const { retryDelayMs = 250, connectTimeoutMs = Number.POSITIVE_INFINITY, signal } = options;
  const startedMs = performance.now();
  for (let attempt = 1; ; attempt++) {
    if (signal?.aborted) throw new BusError('BUS_CLOSED', 'told to stop while connecting');
    const outcome = await tryConnect(options, retryDelayMs);
    if (!(outcome instanceof Error)) return attach(outcome, options, signal);
    options.onWaiting?.(outcome, attempt);
    if (performance.now() - startedMs + retryDelayMs > connectTimeoutMs) {
      const message = `no NATS at ${options.servers} in ${connectTimeoutMs} ms: ${outcome.message}`;
      throw new BusError('BUS_CONNECT', message, { cause: outcome });
    }
    await pause(retryDelayMs, signal);
  }
}

async function attach(
  connections: NatsConnections,
  options: NatsOptions,
  signal: AbortSignal | undefined,
): Promise<Bus> {
  if (!signal?.aborted) return new NatsBus(connections, options.maxInFlightOctets);
  await Promise.all([connections.pdu.close(), connections.control.close()]);
  throw new BusError('BUS_CLOSED', 'told to stop while connecting');
}

/** Both connections, or why there is none. */
async function tryConnect(
  options: NatsOptions,
  retryDelayMs: number,
): Promise<NatsConnections | Error> {
  const common = {
    timeout: ATTEMPT_TIMEOUT_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: retryDelayMs,
    reconnectJitter: Math.ceil(retryDelayMs / 4),
    ignoreAuthErrorAbort: true,
    pingInterval: PING_INTERVAL_MS,
    ...userOf(options.credentials),
  };
  const { servers, name } = options;
  const open = (role: 'pdu' | 'control') =>
    connect({
      ...common,
      // The client keeps and changes the list.
      servers: typeof servers === 'string' ? servers : [...servers],
      name: `${name} ${role}`,
      noEcho: role === 'pdu',
    });
  let pdu: NatsConnection | undefined;
  try {
    pdu = await open('pdu');
    return { pdu, control: await open('control') };
  } catch (error) {
    await pdu?.close();
    return error instanceof Error ? error : new Error(String(error));
  }
}

function userOf(credentials: NatsOptions['credentials']) {
  if (credentials === undefined) return {};
  if ('token' in credentials) return { token: credentials.token };
  return { user: credentials.user, pass: credentials.password };
}

function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    signal?.addEventListener('abort', done);
  });
}
