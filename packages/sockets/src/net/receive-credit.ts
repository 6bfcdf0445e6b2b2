/**
 * How many more octets transport may hand up. A credit is an absolute offset, so a lost or
 * duplicate credit does no harm. The credit is extended when a quarter of the window is free again:
 * so rarely that it costs almost nothing, and so early that it never limits TCP.
 */
export class ReceiveCredit {
  readonly #windowOctets: number;
  #received = 0;
  #limit: number;

  /** `windowOctets`: the most octets that may be on their way or unread, 1 or more. */
  constructor(windowOctets: number) {
    this.#windowOctets = windowOctets;
    this.#limit = windowOctets;
  }

  /** Octets received so far. */
  get receivedOctets(): number {
    return this.#received;
  }

  /** The last limit that transport was told: an absolute offset. */
  get limitOctets(): number {
    return this.#limit;
  }

  /** Counts received octets. */
  received(octets: number): void {
    this.#received += octets;
  }

  /**
   * The new limit to tell transport, while `unreadOctets` wait for the reader. Undefined if it is
   * too early for a new limit.
   */
  extend(unreadOctets: number): number | undefined {
    const limit = this.#received - unreadOctets + this.#windowOctets;
    if (limit - this.#limit < this.#windowOctets / 4) return undefined;
    this.#limit = limit;
    return limit;
  }
}
