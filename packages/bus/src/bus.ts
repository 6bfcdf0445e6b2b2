import type { Channel } from '@strata/contract';

/** The state of the bus's connection. The memory bus is always `connected` until it is closed. */
export type BusStatus = 'connecting' | 'connected' | 'disconnected' | 'closed';

/**
 * Bounds of one subscription's queue. When the queue is full, new PDUs are dropped and counted. The
 * full bound is for bursts. A queue that held more than 1,000 PDUs a second ago, and has not been
 * empty since, accepts no more than 1,000 (unless its bound is Infinity).
 */
export interface SubscribeOptions<Pdu = unknown> {
  /** The keys to subscribe to. Undefined: all. */
  readonly keys?: readonly string[] | undefined;
  /**
   * Whether a PDU with this key is wanted now. Default: yes. The bus asks it before it copies a PDU
   * or decodes a message. So an unwanted PDU costs next to nothing, takes no room and is not
   * counted. The bus may call it within publish(), so it must only answer.
   */
  readonly wants?: ((key: string) => boolean) | undefined;
  /**
   * Whether this PDU is wanted, decided by its content: for a subscriber that does not use keys. A
   * batch may then hold PDUs of several keys, and the key that the handler gets means nothing. The
   * memory bus calls only `selects`, and computes no key. A bus with subjects uses `keys` and
   * `wants`; they must let through every PDU that `selects` does. The bus may call it within
   * publish(), so it must only answer.
   */
  readonly selects?: ((pdu: Pdu) => boolean) | undefined;
  /** PDUs that may wait for the handler. Default 16,384. Infinity if credits bound the queue. */
  readonly maxPendingPdus?: number | undefined;
  /** Octets that may wait for the handler, as the channel's sizeOf counts them. Default 64 Mi. */
  readonly maxPendingOctets?: number | undefined;
  /**
   * Whether the PDUs are input from below, such as the frames of a wire. The bus delivers input
   * only when the work that earlier input caused is done. So excess input waits, and is dropped, in
   * this queue. Default false.
   */
  readonly isInput?: boolean | undefined;
}

export interface SubscriptionCounters {
  readonly delivered: number;
  /** PDUs dropped because the queue was full. */
  readonly dropped: number;
  /** Messages that the channel could not decode. */
  readonly malformed: number;
  /** PDUs whose sender had lost their shard to another sender (reason `strata/STALE_EPOCH`). */
  readonly stale: number;
  readonly pending: number;
}

export interface Subscription {
  counters(): SubscriptionCounters;
  /** Stops the subscription. PDUs that wait are not delivered. */
  close(): void;
}

/** A {@link SubscribeOptions.selects} that accepts all PDUs of a channel. */
export function everyPdu(): boolean {
  return true;
}

/**
 * Sees the PDUs that are published on channels, for trace and capture. The bytes are valid only
 * during the call: copy what you keep.
 */
export type Observer = (channelSubject: string, key: string, pdus: readonly unknown[]) => void;

/** A running {@link Bus.observe}. */
export interface Observation {
  /**
   * Resolves when PDUs are shown. Over NATS: when the first publisher has answered, or after a
   * second without an answer. Never rejects.
   */
  readonly ready: Promise<void>;
  /** PDUs that were published but not shown, because the observer was too slow. */
  missed(): number;
  stop(): void;
}

/** PDUs handed to publish(), and how many of them were dropped. */
export interface BusCounters {
  readonly published: number;
  /** Dropped because there was no connection. */
  readonly droppedDisconnected: number;
  /**
   * Dropped because the connection is slower than the publishers: more octets were in flight than
   * the bound allows.
   */
  readonly droppedCongested: number;
  /** Dropped because the message is larger than the server accepts. */
  readonly droppedTooLarge: number;
}

/** Answers a request. If it throws, the requester gets a BusError with code BUS_REMOTE. */
export type RequestHandler = (body: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/**
 * A service that answers requests. It follows NATS's micro-service convention, so that `nats micro
 * ls` lists it.
 */
export interface ServiceDescription {
  /** Letters, digits, dash and underscore, as NATS requires. For example `strata-link`. */
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** Tells this instance from those of other stacks and replicas; `nats micro info` shows it. */
  readonly metadata: Readonly<Record<string, string>>;
  /** From an endpoint's name to its subject and handler. */
  readonly endpoints: Readonly<
    Record<string, { readonly subject: string; readonly handler: RequestHandler }>
  >;
}

export interface RunningService {
  stop(): Promise<void>;
}

/**
 * The claim of a sender on a shard: its epoch, 1 to 2^53 - 1; 0: no claim. Each new claim on a
 * shard has a higher epoch (proto/strata/v1/link_network.proto, LinkRequestBatch).
 */
export type EpochOf = (shard: number) => number;

/**
 * Carries PDUs between the layers. PDUs of one channel and key arrive in the order they were
 * published. PDUs published in one turn of the event loop travel together. Publishing never blocks,
 * and never throws because of the peer.
 */
export interface Bus {
  readonly status: BusStatus;
  /** True if only a full queue can lose a published PDU: the memory bus. */
  readonly lossless: boolean;
  /**
   * Calls the listener at each change of the status, not for the present one. Returns a function
   * that stops it.
   */
  onStatus(listener: (status: BusStatus) => void): () => void;
  /**
   * Sends the PDUs. They belong to the bus from here on: the memory bus passes on the same objects.
   * While disconnected, PDUs are dropped and counted, as if lost on the wire.
   *
   * `epochOf`: asked for each PDU's shard, if senders may claim the channel's shards. A subscriber
   * that has seen a higher epoch for the shard drops the PDU and counts it as `stale`. Default: no
   * claim, and the PDU is never stale.
   */
  publish<Pdu>(channel: Channel<Pdu>, pdus: readonly Pdu[], epochOf?: EpochOf): void;
  /**
   * Delivers the PDUs of a channel in batches of one key. Handlers run one after the other, never
   * inside publish().
   */
  subscribe<Pdu>(
    channel: Channel<Pdu>,
    handler: (batch: Pdu[], key: string) => void,
    options?: SubscribeOptions<Pdu>,
  ): Subscription;
  /**
   * Sends a request to a service. Rejects with BusError: BUS_NO_RESPONDERS, BUS_TIMEOUT,
   * BUS_REMOTE, BUS_CLOSED.
   */
  request(subject: string, body: Uint8Array, timeoutMs: number): Promise<Uint8Array>;
  serve(service: ServiceDescription): RunningService;
  /**
   * Shows `observer` what is published on the channels. In memory it sees PDUs before the receivers
   * get them; over NATS it sees those of all processes. An observer never slows down a publisher:
   * PDUs that it is too slow for are counted as missed. Frames of captures are only shown, never
   * delivered.
   */
  observe(channels: readonly Channel<unknown>[], observer: Observer): Observation;
  counters(): BusCounters;
  /**
   * Resolves when all published PDUs have left this process (and NATS has them), or were dropped.
   */
  flush(): Promise<void>;
  /**
   * Resolves when this process has handled all PDUs published so far, and those published
   * meanwhile. PDUs of other processes count if they had flushed them. Gives up after a second,
   * because receivers may answer each other for ever.
   */
  settle(): Promise<void>;
  /**
   * Accepts no new PDUs, hands those that wait to the handlers, sends what is published meanwhile,
   * and closes. The memory bus also delivers what is published meanwhile, for a second at most,
   * because receivers may answer each other for ever.
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
