/** Gives memory for exactly so many octets, which are all written. */
export type Allocate = (octets: number) => Uint8Array;

/**
 * A channel: one kind of PDU in one direction between two layers of one stack, spread over keys.
 * Order is kept per key; a bus message is a batch of PDUs of one key.
 */
export interface Channel<Pdu> {
  /** The subject without its key: `strata.v1.<stack>.<boundary>.<direction>`. */
  readonly subject: string;
  /**
   * The key that orders this PDU: a shard number, an interface, an application endpoint; one
   * subject token.
   */
  keyOf(pdu: Pdu): string;
  /**
   * Octets that the PDU counts for in the bounds of queues and batches: its bytes, and a little for
   * its fields.
   */
  sizeOf(pdu: Pdu): number;
  /**
   * A copy of the PDU with bytes of its own, for a second receiver: each receiver owns the bytes
   * that it gets.
   */
  clone?(pdu: Pdu): Pdu;
  /**
   * The batch as a protobuf message. The bytes are copied: the PDUs stay the caller's. `epoch`: the
   * sender's claim on the shard, 1 to 2^53 - 1; 0, the default: no claim. `allocate` gives the
   * memory of the message; it is called once at most, when all values have been checked, and a
   * channel that is not hot may return other memory instead. Default: memory that nobody writes to
   * later. Throws ContractError (CONTRACT_RANGE) where a value cannot be written.
   */
  encode(batch: readonly Pdu[], epoch?: number, allocate?: Allocate): Uint8Array;
  /**
   * The PDUs of a message. Their bytes alias `bytes`, which belongs to the receiver from now on:
   * the octets in front of a packet are its headroom, and may be written over. Throws ContractError
   * if the bytes are not such a message.
   */
  decode(bytes: Uint8Array): Pdu[];
  /** Where senders may claim shards; undefined: they do not. */
  readonly claims?: Claims<Pdu> | undefined;
}

/** What a message says of the claim that its sender has on the shards of its PDUs. */
export interface Claims<Pdu> {
  /** The epoch, 1 to 2^53 - 1; 0: no claim. Throws ContractError where the message is no batch. */
  epochOf(message: Uint8Array): number;
  /** The shard of one of its PDUs. `key`: of the message. */
  shardOf(pdu: Pdu, key: string): number;
}

/**
 * Thrown if bytes from the bus are not the expected message, or a value cannot be sent.
 */
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
