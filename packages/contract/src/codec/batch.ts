/** Batches: `{ repeated Pdu pdus = 1; uint64 epoch = 2; }`. */
import type { Allocate } from '../channel.ts';
import { malformed, Reader } from './reader.ts';
import { lengthFieldOctets, varintFieldOctets, Writer } from './writer.ts';

const TAG_PDU = 0x0a;
const TAG_EPOCH = 0x10;

/** Writes and reads one kind of PDU. */
export interface PduCodec<Pdu> {
  /**
   * Octets of the PDU's message, without its own tag and length. Throws ContractError if the PDU
   * cannot be written.
   */
  size(pdu: Pdu): number;
  /** Writes exactly {@link PduCodec.size} octets. */
  write(writer: Writer, pdu: Pdu): void;
  /**
   * Reads the message from `reader.at` to `reader.end`. `start`: the first octet that may become
   * headroom.
   */
  read(reader: Reader, start: number): Pdu;
}

/** Encodes the batch as a message, in memory from `allocate`, or in memory of its own. */
export function encodeBatch<Pdu>(
  codec: PduCodec<Pdu>,
  batch: readonly Pdu[],
  epoch: number,
  allocate?: Allocate,
): Uint8Array {
  if (batch.length === 1 && epoch === 0) return encodeOne(codec, batch[0]!, allocate);
  const sizes: number[] = [];
  let octets = varintFieldOctets(epoch);
  for (const pdu of batch) {
    const size = codec.size(pdu);
    sizes.push(size);
    octets += lengthFieldOctets(size);
  }
  const writer = new Writer(octets, allocate);
  for (let index = 0; index < batch.length; index++) {
    writer.lengthField(TAG_PDU, sizes[index]!);
    codec.write(writer, batch[index]!);
  }
  writer.varintField(TAG_EPOCH, epoch);
  return writer.bytes;
}

function encodeOne<Pdu>(codec: PduCodec<Pdu>, pdu: Pdu, allocate?: Allocate): Uint8Array {
  const size = codec.size(pdu);
  const writer = new Writer(lengthFieldOctets(size), allocate);
  writer.lengthField(TAG_PDU, size);
  codec.write(writer, pdu);
  return writer.bytes;
}

/** Decodes the PDUs of the message; their bytes alias it. */
export function decodeBatch<Pdu>(codec: PduCodec<Pdu>, bytes: Uint8Array): Pdu[] {
  const reader = new Reader(bytes);
  const end = reader.end;
  const pdus: Pdu[] = [];
  while (reader.at < end) {
    const start = reader.at;
    const tag = reader.tag();
    if (tag === TAG_PDU) {
      reader.end = reader.lengthEnd();
      pdus.push(codec.read(reader, start));
      reader.end = end;
    } else if (tag === TAG_EPOCH) reader.varint();
    else reader.skip(tag);
  }
  if (pdus.length === 0) throw malformed('a batch without PDUs');
  return pdus;
}

/**
 * The epoch of a batch: the sender's claim on the shard; 0: no claim. Throws ContractError if the
 * message is not a batch.
 */
export function epochOf(message: Uint8Array): number {
  const reader = new Reader(message);
  let epoch = 0;
  while (reader.at < reader.end) {
    const tag = reader.tag();
    if (tag === TAG_EPOCH) epoch = reader.varint();
    else reader.skip(tag);
  }
  return epoch;
}
