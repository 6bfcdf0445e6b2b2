/**
 * A channel: one kind of PDU in one direction between two layers of one stack, spread over keys. Order is kept per key;
 * a bus message is a batch of PDUs of one key.
 */
export interface Channel<Pdu> {
  /** The subject without its key: `strata.v1.<stack>.<boundary>.<direction>`. */
  readonly subject: string;
  /** The key that orders this PDU: a shard number, an interface, an application endpoint; one subject token. */
  keyOf(pdu: Pdu): string;
  /** Octets that the PDU counts for against the bounds of queues and batches: its bytes and a little. */
  sizeOf(pdu: Pdu): number;
  /** The batch as the protobuf message of the contract. The bytes are copied, the PDUs stay the caller's. */
  encode(batch: readonly Pdu[]): Uint8Array;
  /** The PDUs of a message; their bytes alias `bytes`. Throws ContractError where it is not such a message. */
  decode(bytes: Uint8Array): Pdu[];
}

/** Raised where bytes from the bus are not the message that they should be. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
  readonly code: 'CONTRACT_DECODE' | 'CONTRACT_RANGE';

  constructor(code: 'CONTRACT_DECODE' | 'CONTRACT_RANGE', message: string) {
    super(message);
    this.code = code;
  }
}
