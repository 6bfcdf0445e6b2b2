import { Readable } from 'node:stream';
import { STDIN_WINDOW_OCTETS } from './frames.ts';

/**
 * Standard input that comes in frames. What was read is granted again, so that no more than a
 * window waits here. The connection itself is always read: that is how the end of a command that
 * was killed is noticed.
 */
export class CreditedInput extends Readable {
  readonly #grant: (octets: number) => void;
  #received = 0;
  #granted = 0;

  constructor(grant: (octets: number) => void) {
    super({ highWaterMark: STDIN_WINDOW_OCTETS });
    this.#grant = grant;
  }

  /** Takes data. Throws RangeError if it was not granted. */
  receive(data: Buffer): void {
    this.#received += data.byteLength;
    if (this.#received > this.#granted + STDIN_WINDOW_OCTETS) {
      throw new RangeError('more standard input than was granted');
    }
    if (this.destroyed) return;
    this.push(data);
    this.#extend();
  }

  override read(size?: number): unknown {
    const chunk = super.read(size);
    this.#extend();
    return chunk;
  }

  override _read(): void {
    // Data comes without being asked for, within the window.
  }

  #extend(): void {
    const octets = this.#received - this.readableLength - this.#granted;
    if (octets < STDIN_WINDOW_OCTETS / 2) return;
    this.#granted += octets;
    this.#grant(octets);
  }
}
