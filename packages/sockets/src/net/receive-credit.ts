/**
 * How much more transport may hand up. Credits are absolute offsets, so one that is lost or comes
 * twice does no harm. They are extended when a quarter of the window is free again: seldom enough
 * to cost nothing, early enough never to be what limits TCP.
 */
export class ReceiveCredit {
  readonly #windowOctets: number;
  #received = 0;
  #limit: number;

  /** `windowOctets`: what may be on its way or unread, 1 or more. */
  constructor(windowOctets: number) {
    this.#windowOctets = windowOctets;
    this.#limit = windowOctets;
  }

  /** Octets that came so far. */
  get receivedOctets(): number {
    return this.#received;
  }

  /** The last limit given. */
  get limitOctets(): number {
    return this.#limit;
  }

  /** Counts octets that came. */
  received(octets: number): void {
    this.#received += octets;
  }

  /**
   * The limit to tell transport now that `unreadOctets` wait for the reader; undefined where it is
   * too early.
   */
  extend(unreadOctets: number): number | undefined {
    const limit = this.#received - unreadOctets + this.#windowOctets;
    if (limit - this.#limit < this.#windowOctets / 4) return undefined;
    this.#limit = limit;
    return limit;
  }
}
