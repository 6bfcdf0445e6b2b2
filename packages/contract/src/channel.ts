/** Gives memory for exactly this many octets. The caller writes all of them. */
export type Allocate = (octets: number) => Uint8Array;

/**
 * A channel: one kind of PDU in one direction between two layers of one stack, divided by key. PDUs
 * of one key stay in order. A bus message is a batch of PDUs of one key.
 */
export interface Channel<Pdu> {
  /** The subject without its key: `strata.v1.<stack>.<boundary>.<direction>`. */
  readonly subject: string;
  /**
   * The key that orders this PDU: a shard number, an interface or an application endpoint. One
   * subject token.
   */
  keyOf(pdu: Pdu): string;
  /**
   * Octets that the PDU counts for in the bounds of queues and batches: its bytes, plus an estimate
   * for its fields.
   */
  sizeOf(pdu: Pdu): number;
  /**
   * A copy of the PDU with bytes of its own, for a second receiver. Each receiver owns the bytes
   * that it gets.
   */
  clone?(pdu: Pdu): Pdu;
  /**
   * Encodes the batch as a protobuf message. It copies the bytes: the PDUs stay the caller's.
   * `epoch`: the sender's claim on the shard, 1 to 2^53 - 1. 0, the default: no claim. `allocate`
   * gives the message's memory. It is called at most once, after all values are checked; a channel
   * off the hot path may return other memory instead. Default: memory that nobody writes to later.
   * Throws ContractError (CONTRACT_RANGE) where a value is out of range.
   */
  encode(batch: readonly Pdu[], epoch?: number, allocate?: Allocate): Uint8Array;
  /**
   * Decodes the PDUs of a message. Their bytes alias `bytes`, which belongs to the receiver from
   * now on. The octets in front of a packet are its headroom and may be overwritten. Throws
   * ContractError if the bytes are not such a message.
   */
  decode(bytes: Uint8Array): Pdu[];
  /** Set if senders may claim shards. Undefined: they do not. */
  readonly claims?: Claims<Pdu> | undefined;
}

/** Reads a message's claim: the claim that its sender has on the shards of its PDUs. */
export interface Claims<Pdu> {
  /** The epoch, 1 to 2^53 - 1; 0: no claim. Throws ContractError if the message is not a batch. */
  epochOf(message: Uint8Array): number;
  /** The shard of one of the message's PDUs. `key`: the message's key. */
  shardOf(pdu: Pdu, key: string): number;
}

/** Thrown if bytes from the bus are not the expected message, or if a value cannot be sent. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
  /**
   * CONTRACT_DECODE: not the expected message. CONTRACT_RANGE: a value outside of its range.
   */
  readonly code: 'CONTRACT_DECODE' | 'CONTRACT_RANGE';

  constructor(code: 'CONTRACT_DECODE' | 'CONTRACT_RANGE', message: string) {
    super(message);
    this.code = code;
  }
}
