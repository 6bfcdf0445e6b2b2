import type { Channel } from '@strata/contract';

/** The state of the bus's connection. The memory bus is always `connected` until it is closed. */
export type BusStatus = 'connecting' | 'connected' | 'disconnected' | 'closed';

/**
 * Bounds of one subscription's queue. What does not fit is dropped, the newest first, and counted.
 * They are for bursts: a queue that held more than 1,000 PDUs a second ago and has not been empty
 * since takes none beyond 1,000 (but where its bound is Infinity).
 */
export interface SubscribeOptions<Pdu = unknown> {
  /** The keys to hear; undefined: all. */
  readonly keys?: readonly string[] | undefined;
  /**
   * Of the keys to hear, whether this one is wanted now; default: yes. Asked before a PDU is
   * copied, or a message decoded: what is not wanted costs next to nothing, takes no room, and is
   * not counted. It may be asked within publish(), so it only answers.
   */
  readonly wants?: ((key: string) => boolean) | undefined;
  /**
   * Says the same of a PDU by what it holds, for who does not look at keys: a batch may then hold
   * PDUs of several keys, and the key that the handler is given says nothing. A bus on which
   * messages have no subject asks this alone, and computes no key; one on which they have goes by
   * `keys` and `wants`, which must let through all that this does. It may be asked within
   * publish(), so it only answers.
   */
  readonly selects?: ((pdu: Pdu) => boolean) | undefined;
  /** PDUs that may wait for the handler. Default 16,384. Infinity where credits bound the queue. */
  readonly maxPendingPdus?: number | undefined;
  /** Octets that may wait for the handler, by the channel's sizeOf. Default 64 Mi. */
  readonly maxPendingOctets?: number | undefined;
  /**
   * Whether the PDUs come from below, such as the frames of a wire. They are handed over when what
   * earlier ones have caused is done, so that too much of them waits, and is dropped, in this
   * queue. Default false.
   */
  readonly isInput?: boolean | undefined;
}

export interface SubscriptionCounters {
  readonly delivered: number;
  /** PDUs dropped because the queue was full. */
  readonly dropped: number;
  /** Messages that the channel could not decode. */
  readonly malformed: number;
  /** PDUs of a sender that had lost their shard to another (reason `strata/STALE_EPOCH`). */
  readonly stale: number;
  readonly pending: number;
}

export interface Subscription {
  counters(): SubscriptionCounters;
  /** Stops; what waits is not delivered. */
  close(): void;
}

/** {@link SubscribeOptions.selects} of who hears all PDUs of a channel. */
export function everyPdu(): boolean {
  return true;
}

/**
 * Sees PDUs of channels go by, for trace and capture. The bytes are valid during the call only:
 * what is kept is copied.
 */
export type Observer = (channelSubject: string, key: string, pdus: readonly unknown[]) => void;

/** A running {@link Bus.observe}. */
export interface Observation {
  /**
   * Resolves when PDUs are shown; over NATS, when the first publisher has answered, or after a
   * second if none has. Never rejects.
   */
  readonly ready: Promise<void>;
  /** PDUs that passed and were not shown, because the observer was too slow. */
  missed(): number;
  stop(): void;
}

/** PDUs handed to publish(), and those of them that went nowhere. */
export interface BusCounters {
  readonly published: number;
  /** Dropped for want of a connection. */
  readonly droppedDisconnected: number;
  /**
   * Dropped because the connection is slower than what is published: more than its bound waited.
   */
  readonly droppedCongested: number;
  /** Dropped because the server takes no message that large. */
  readonly droppedTooLarge: number;
}

/** Answers a request; what it throws reaches the requester as a BusError with code BUS_REMOTE. */
export type RequestHandler = (body: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/**
 * A service that answers requests: in NATS's micro-service convention, so that `nats micro ls`
 * lists it.
 */
export interface ServiceDescription {
  /** As NATS wants it: letters, digits, dash, underscore. For example `strata-link`. */
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** Who of several instances and stacks it is, shown by `nats micro info`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Endpoint name to its subject and handler. */
  readonly endpoints: Readonly<
    Record<string, { readonly subject: string; readonly handler: RequestHandler }>
  >;
}

export interface RunningService {
  stop(): Promise<void>;
}

/**
 * What carries PDUs between the layers. PDUs of one channel and key arrive in the order they were
 * published; PDUs published in one turn of the event loop travel together. Publishing never blocks
 * and never throws because of the peer.
 */
export interface Bus {
  readonly status: BusStatus;
  /** True where nothing that was published is ever lost but by a full queue: the memory bus. */
  readonly lossless: boolean;
  /** Called at each change of the status, not for the present one. Returns how to stop it. */
  onStatus(listener: (status: BusStatus) => void): () => void;
  /**
   * Sends the PDUs. They are the bus's from here on: the memory bus hands the very values on. While
   * disconnected they are dropped and counted: lost on the wire.
   */
  publish<Pdu>(channel: Channel<Pdu>, pdus: readonly Pdu[]): void;
  /**
   * Hears the PDUs of a channel in batches of one key. Handlers run one after the other, never
   * inside publish().
   */
  subscribe<Pdu>(
    channel: Channel<Pdu>,
    handler: (batch: Pdu[], key: string) => void,
    options?: SubscribeOptions<Pdu>,
  ): Subscription;
  /**
   * Asks a service. Rejects with BusError: BUS_NO_RESPONDERS, BUS_TIMEOUT, BUS_REMOTE, BUS_CLOSED.
   */
  request(subject: string, body: Uint8Array, timeoutMs: number): Promise<Uint8Array>;
  serve(service: ServiceDescription): RunningService;
  /**
   * Shows to `observer` what is published on the channels: in memory before the receivers get it;
   * over NATS by all processes. An observer never slows down a publisher: what it is too slow for
   * is counted as missed. Frames of captures are only shown, never delivered.
   */
  observe(channels: readonly Channel<unknown>[], observer: Observer): Observation;
  counters(): BusCounters;
  /**
   * Resolves when all that was published has left this process (and NATS has it), or was dropped.
   */
  flush(): Promise<void>;
  /**
   * Resolves when all that has been published so far, by others too where they knew it to be out,
   * has been handled here, with what is published meanwhile; or after a second, since receivers may
   * answer each other for ever.
   */
  settle(): Promise<void>;
  /**
   * Hears nothing new, hands what waits to the handlers, sends what is published meanwhile, and
   * closes. On the memory bus what is published meanwhile is delivered too, for a second at most,
   * since receivers may answer each other for ever.
   */
  drain(): Promise<void>;
  /** Closes at once. */
  close(): Promise<void>;
}

export type BusErrorCode =
  | 'BUS_NO_RESPONDERS'
  | 'BUS_TIMEOUT'
  | 'BUS_REMOTE'
  | 'BUS_CLOSED'
  | 'BUS_CONNECT';

export class BusError extends Error {
  override readonly name = 'BusError';
  readonly code: BusErrorCode;

  constructor(code: BusErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
