import { type NatsConnection, NatsConnectionImpl } from '@nats-io/transport-node';
import type { Allocate, Channel } from '@strata/contract';
import { SlabPool } from './slab-pool.ts';

const CRLF = Uint8Array.of(0x0d, 0x0a);
const ZERO = 0x30;
/** Digits of the largest message's length, and CRLF twice. */
const FRAMING_OCTETS = 10 + 2 * CRLF.byteLength;

/**
 * The payload that was written. `too-large`: the server does not accept so many octets, and nothing
 * was written.
 */
export type Written = Uint8Array | 'too-large';

/** The part of the client that accepts encoded commands. */
type Client = Pick<NatsConnectionImpl['protocol'], 'sendCommand'>;

/**
 * Encodes NATS's PUB commands straight into memory that is reused. The contract's encoder writes
 * the payload, so each octet is copied once. The client's publish() would copy the payload a second
 * time, into new memory each time.
 *
 * The memory is reused once the server has answered a PING sent after it: then neither the socket
 * nor the kernel still reads it. A client without sendCommand() gets its messages through
 * publish().
 */
export class MessageWriter {
  readonly #connection: NatsConnection;
  readonly #client: Client | undefined;
  readonly #pool = new SlabPool(() => this.#confirm());
  #subject: Uint8Array = CRLF;
  #message: Uint8Array | undefined;
  #isTooLarge = false;
  /** Where the current command begins in the slab. */
  #commandAt = 0;
  readonly #allocate: Allocate = (octets) => this.#reserve(octets);

  constructor(connection: NatsConnection) {
    this.#connection = connection;
    this.#client = clientOf(connection);
  }

  /** Octets that were written but that no PONG of the server has confirmed. */
  get inFlightOctets(): number {
    return this.#pool.inFlightOctets;
  }

  /**
   * Writes a message of `pdus`; {@link send} hands it to the client. `command`: from {@link
   * commandOf}. `epoch`: the sender's claim; 0: none. Returns the payload, valid until the next
   * write. Throws the errors of the channel's encoder.
   */
  write<Pdu>(command: Uint8Array, channel: Channel<Pdu>, pdus: readonly Pdu[], epoch = 0): Written {
    this.#subject = command;
    this.#message = undefined;
    this.#isTooLarge = false;
    this.#commandAt = this.#pool.at;
    try {
      const encoded = channel.encode(pdus, epoch, this.#allocate);
      if (this.#message !== encoded && !this.#isTooLarge)
        this.#reserve(encoded.byteLength).set(encoded);
    } catch (error) {
      this.#pool.at = this.#commandAt;
      throw error;
    }
    if (this.#isTooLarge || this.#message === undefined) return 'too-large';
    this.#pool.append(CRLF);
    return this.#message;
  }

  /**
   * Resolves when the server has received what was sent. It sends the PING when the client's buffer
   * is empty, so that the client copies nothing.
   */
  async #confirm(): Promise<void> {
    await undefined;
    await this.#connection.flush();
  }

  /** Memory for a payload behind its command, `PUB <subject> <octets>`. */
  #reserve(octets: number): Uint8Array {
    if (octets > (this.#connection.info?.max_payload ?? Number.POSITIVE_INFINITY)) {
      this.#isTooLarge = true;
      return new Uint8Array(octets);
    }
    const pool = this.#pool;
    const room = this.#subject.byteLength + octets + FRAMING_OCTETS;
    if (!pool.hasRoom(room)) {
      this.send();
      pool.renew(room);
      this.#commandAt = pool.at;
    }
    pool.append(this.#subject);
    appendDecimal(pool, octets);
    pool.append(CRLF);
    this.#message = pool.take(octets);
    return this.#message;
  }

  /**
   * Hands the written commands to the client, which gives them to the socket in a microtask of its
   * own. Call it once a turn: the client would join several pieces by copying.
   */
  send(): void {
    const bytes = this.#pool.unsent();
    if (bytes === undefined) return;
    if (this.#client === undefined) publishEach(this.#connection, bytes);
    else this.#client.sendCommand(bytes);
  }
}

/** The start of the command that publishes to a subject. */
export function commandOf(subject: string): Uint8Array {
  return new TextEncoder().encode(`PUB ${subject} `);
}

/** The client's internal interface for encoded commands, if it has one. */
function clientOf(connection: NatsConnection): Client | undefined {
  if (!(connection instanceof NatsConnectionImpl)) return undefined;
  const { protocol } = connection;
  return typeof protocol?.sendCommand === 'function' ? protocol : undefined;
}

function appendDecimal(pool: SlabPool, value: number): void {
  const digits = `${value}`;
  const bytes = pool.take(digits.length);
  for (let at = 0; at < digits.length; at++) bytes[at] = ZERO + Number(digits[at]);
}

/** Splits the commands into messages again, for a client that accepts only messages. */
function publishEach(connection: NatsConnection, commands: Uint8Array): void {
  const decoder = new TextDecoder();
  for (let at = 0; at < commands.byteLength; ) {
    const end = commands.indexOf(CRLF[0]!, at);
    const [, subject, octets] = decoder.decode(commands.subarray(at, end)).split(' ');
    const start = end + CRLF.byteLength;
    const next = start + Number(octets);
    connection.publish(subject!, commands.slice(start, next));
    at = next + CRLF.byteLength;
  }
}
