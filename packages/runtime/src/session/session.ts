import { Fifo } from '@strata/wire';
import { RETRANSMIT_BURST } from './options.ts';

/**
 * One socket's session: bodies that are not acknowledged, and bodies that came. Plain state;
 * `Sessions` changes it.
 */
export class Session<Out, In> {
  readonly endpoint: string;
  readonly socket: number;
  /** Sequenced bodies that are not acknowledged, the body of `sndUna` first. */
  readonly unacknowledged = new Fifo<Out>();
  /** Sequence of the first body that is not acknowledged. */
  sndUna = 1;
  /** Bodies before this sequence are being retransmitted. Not above `sndUna`: none. */
  resendUntil = 0;
  /** The next body to retransmit. */
  resendNext = 0;
  /** Timeouts since the last progress: an index into RETRANSMIT_MS. */
  backoff = 0;
  /**
   * When an acknowledgement last made progress, or the oldest unacknowledged body was first sent.
   */
  progressMs: number;
  /** When a message last came. */
  heardMs: number;
  /** The sequence to deliver next. */
  rcvNxt = 1;
  /** Bodies ahead of a gap, by sequence. */
  readonly ahead = new Map<number, In>();
  /** Bodies that came since an acknowledgement was last sent. */
  acknowledgeDue = 0;
  /** Whether our last body was sent. The session ends when that is acknowledged. */
  isEnding = false;
  isGone = false;

  constructor(endpoint: string, socket: number, nowMs: number) {
    this.endpoint = endpoint;
    this.socket = socket;
    this.progressMs = nowMs;
    this.heardMs = nowMs;
  }

  /** The sequence of the next new body. */
  get sndNxt(): number {
    return this.sndUna + this.unacknowledged.size;
  }

  /** Removes the bodies before this sequence: they are acknowledged. */
  acknowledgeUpTo(sequence: number): void {
    while (this.sndUna <= sequence) {
      this.unacknowledged.shift();
      this.sndUna += 1;
    }
  }

  /** The next sequence to retransmit, and whether the rest waits until it is acknowledged. */
  takeResend(): { readonly sequence: number; readonly isLast: boolean } {
    const sequence = Math.max(this.resendNext, this.sndUna);
    this.resendNext = sequence + 1;
    const last = Math.min(this.resendUntil, this.sndUna + RETRANSMIT_BURST, this.sndNxt) - 1;
    return { sequence, isLast: sequence >= last };
  }
}
