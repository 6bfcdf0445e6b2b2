import { randomInt } from 'node:crypto';
import type { SocketId } from '@strata/transport';
import { SHARDS } from '@strata/wire';

/**
 * Makes ids for the sockets that this process opens. An id has a random prefix of 30 bits, which
 * distinguishes processes; a counter of 17 bits (after it wraps, a new prefix is drawn); and the
 * shard in the low six bits. The shards are used in turn.
 */
export class SocketIds {
  readonly #isUsed: (id: SocketId) => boolean;
  #prefix = 0;
  #count = 0x20000;

  /** `isUsed`: whether this process has the id already. */
  constructor(isUsed: (id: SocketId) => boolean) {
    this.#isUsed = isUsed;
  }

  next(): SocketId {
    for (;;) {
      if (this.#count >= 0x20000) {
        this.#prefix = randomInt(1, 2 ** 30);
        this.#count = 0;
      }
      const id = (this.#prefix * 0x20000 + this.#count) * SHARDS + (this.#count & (SHARDS - 1));
      this.#count += 1;
      if (!this.#isUsed(id)) return id;
    }
  }
}
