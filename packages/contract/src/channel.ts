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
   * Octets that the PDU counts for against the bounds of queues and batches: its bytes and a
   * little.
   */
  sizeOf(pdu: Pdu): number;
  /**
   * A PDU with bytes of its own: for the second of two receivers, since a receiver owns what it
   * gets.
   */
  clone?(pdu: Pdu): Pdu;
  /**
   * The batch as the protobuf message of the contract. The bytes are copied, the PDUs stay the
   * caller's, and the message is never written to again. `epoch`: the sender's claim on the shard,
   * 1 to 2^53 - 1; 0, the default: none. Throws ContractError (CONTRACT_RANGE) where a value cannot
   * be written.
   */
  encode(batch: readonly Pdu[], epoch?: number): Uint8Array;
  /**
   * The PDUs of a message; their bytes alias `bytes`, which is the receiver's from here on, so that
   * a PDU's headroom may reach over what stood in front of it. Throws ContractError where it is not
   * such a message.
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
 * Raised where bytes from the bus are not the message that they should be, or a value cannot be
 * sent.
 */
export class ContractError extends Error {
  override readonly name = 'ContractError';
  /**
   * CONTRACT_DECODE: not the message. CONTRACT_RANGE: a value outside of what the contract allows.
   */
  readonly code: 'CONTRACT_DECODE' | 'CONTRACT_RANGE';

  constructor(code: 'CONTRACT_DECODE' | 'CONTRACT_RANGE', message: string) {
    super(message);
    this.code = code;
  }
}
