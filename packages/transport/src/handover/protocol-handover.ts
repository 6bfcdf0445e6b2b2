import { formatIpv4 } from '@strata/wire';
import type { LocalAddresses } from '../addresses.ts';
import type { SocketAddress, SocketId } from '../tcp/state/socket.ts';
import { malformed, type PlainMessage } from './plain.ts';
import type { HandoverOutcome, HandoverRecord, HandoverSelection } from './record.ts';

/** The names of a record's messages. */
export type HandoverContent = Exclude<keyof HandoverRecord, 'version'>;

/** An object of a protocol that was chosen to be carried. */
export interface Carried {
  /** Its record, without the version. Ages and remaining times count from `nowMs`. */
  record(nowMs: number): Omit<HandoverRecord, 'version'>;
  /** Removes it, without a segment or an indication. */
  release(): void;
}

/**
 * Adds what a message holds. Throws {@link Refusal} or HandoverError if that is not possible; then
 * nothing has changed.
 */
export type TakeIn = (message: PlainMessage, baseMs: number, checks: HandoverChecks) => void;

/** What all protocols check before they take a socket in. */
export interface HandoverChecks {
  /** The id is valid, and no socket of any protocol has it. */
  socket(socket: SocketId): void;
  /** The address is one of the stack's. */
  own(local: SocketAddress): void;
}

/** How a protocol's objects are carried to another stack: part of its entry in the core's table. */
export interface ProtocolHandover {
  /** The objects to carry, in the order in which another stack takes them in. */
  choose(which: HandoverSelection): Carried[];
  /** The state that belongs to no socket; undefined: none. */
  stack?(nowMs: number): PlainMessage;
  /** The messages that hold this protocol's objects. */
  readonly takers: { readonly [Content in HandoverContent]?: TakeIn };
  /** Whether a socket of this protocol has the id. */
  isTaken(socket: SocketId): boolean;
}

/** Thrown inside for an outcome other than `taken`. */
export class Refusal extends Error {
  readonly outcome: HandoverOutcome;

  constructor(outcome: HandoverOutcome, detail: string) {
    super(detail);
    this.outcome = outcome;
  }
}

export function inUse({ address, port }: SocketAddress): Refusal {
  return new Refusal('address in use', `${formatIpv4(address)}:${port}`);
}

export function createChecks(
  addresses: LocalAddresses,
  protocols: readonly { readonly handover: ProtocolHandover }[],
): HandoverChecks {
  return {
    socket(socket) {
      if (socket === 0) throw malformed('a socket without an id');
      if (protocols.some(({ handover }) => handover.isTaken(socket))) {
        throw new Refusal('socket in use', `socket ${socket}`);
      }
    },
    own({ address }) {
      if (addresses.owns(address)) return;
      const detail = `${formatIpv4(address)} is not an address of this stack`;
      throw new Refusal('address not available', detail);
    },
  };
}
