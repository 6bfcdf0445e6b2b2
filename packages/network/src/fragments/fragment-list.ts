import { type Allocate, allocateWithHeadroom, IPV4_MAX_PACKET_OCTETS } from '@strata/wire';

/** A piece of a payload, copied out of its packet. */
interface Piece {
  readonly offset: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

/**
 * The result of adding a piece. `inconsistent`: its length contradicts another piece. `overlap`:
 * the whole datagram is lost (RFC 5722's rule).
 */
export type AddOutcome = 'added' | 'duplicate' | 'overlap' | 'inconsistent';

/** Octets that a piece costs besides its bytes: an object, an array slot, a buffer's header. */
const PIECE_OVERHEAD_OCTETS = 256;

/** The payload of one datagram while its pieces arrive, in any order. */
export class FragmentList {
  /** Sorted by offset; they never overlap. */
  readonly #pieces: Piece[] = [];
  #octets = 0;
  /** Where the datagram ends, as far as it is known. */
  #end = 0;
  #hasLast = false;

  /** Octets of memory that the pieces take. */
  get memoryOctets(): number {
    return this.#octets + this.#pieces.length * PIECE_OVERHEAD_OCTETS;
  }

  get payloadOctets(): number {
    return this.#end;
  }

  /** Whether all pieces are there. */
  get isComplete(): boolean {
    return this.#hasLast && this.#octets === this.#end;
  }

  /**
   * Whether the piece at offset 0 is there: then an error about the datagram may be sent (RFC 792).
   */
  get hasFirst(): boolean {
    return this.#pieces[0]?.offset === 0;
  }

  /**
   * Adds a copy of `bytes` (at least one octet), unless these octets are there already. `isLast`:
   * the datagram ends with this piece.
   */
  add(offset: number, bytes: Uint8Array, isLast: boolean): AddOutcome {
    const end = offset + bytes.byteLength;
    if (end > IPV4_MAX_PACKET_OCTETS) return 'inconsistent';
    if (
      isLast
        ? end < this.#end || (this.#hasLast && end !== this.#end)
        : this.#hasLast && end > this.#end
    ) {
      return 'inconsistent';
    }
    const at = this.#upperBound(offset);
    const before = this.#pieces[at - 1];
    const after = this.#pieces[at];
    if (
      (before !== undefined && before.end > offset) ||
      (after !== undefined && after.offset < end)
    ) {
      return this.#isCovered(at - 1, offset, end) ? 'duplicate' : 'overlap';
    }
    const piece = { offset, end, bytes: bytes.slice() };
    if (after === undefined) this.#pieces.push(piece);
    else this.#pieces.splice(at, 0, piece);
    this.#octets += bytes.byteLength;
    this.#end = Math.max(this.#end, end);
    this.#hasLast ||= isLast;
    return 'added';
  }

  /**
   * The payload behind `headerOctets` free octets, with HEADROOM_OCTETS in front. Call it only when
   * the list is complete.
   */
  assemble(headerOctets: number, allocate: Allocate = allocateWithHeadroom): Uint8Array {
    const packet = allocate(headerOctets + this.#end);
    for (const piece of this.#pieces) packet.set(piece.bytes, headerOctets + piece.offset);
    return packet;
  }

  /** Index of the first piece that begins after `offset`. */
  #upperBound(offset: number): number {
    let low = 0;
    let high = this.#pieces.length;
    if (high === 0 || this.#pieces[high - 1]!.offset <= offset) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#pieces[middle]!.offset <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether adjacent pieces, from index `at` on, hold all octets from `offset` to `end`. */
  #isCovered(at: number, offset: number, end: number): boolean {
    let covered = offset;
    for (let i = at; i >= 0 && i < this.#pieces.length; i += 1) {
      const piece = this.#pieces[i]!;
      if (piece.offset > covered) return false;
      covered = piece.end;
      if (covered >= end) return true;
    }
    return false;
  }
}
