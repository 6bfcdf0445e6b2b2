import { Fifo } from '@strata/wire';
import { RETRANSMIT_BURST } from './options.ts';

/**
 * One socket's session: what was sent and is not acknowledged, and what came. Plain state;
 * `Sessions` changes it.
 */
export class Session<Out, In> {
  readonly endpoint: string;
  readonly socket: number;
  /** Sequenced bodies that are not acknowledged, `sndUna` first. */
  readonly unacknowledged = new Fifo<Out>();
  /** Sequence of the first body that is not acknowledged. */
  sndUna = 1;
  /** Up to here (exclusive) bodies are being sent again; not above `sndUna`: none. */
  resendUntil = 0;
  /** The next one of them. */
  resendNext = 0;
  /** Retransmissions since the last progress: the place in RETRANSMIT_MS. */
  backoff = 0;
  /** When an acknowledgement last made progress, or the oldest body was first sent. */
  progressMs: number;
  /** When anything last came. */
  heardMs: number;
  /** The next sequence to deliver. */
  rcvNxt = 1;
  /** Bodies ahead of a gap, by sequence. */
  readonly ahead = new Map<number, In>();
  /** Bodies that came since the last acknowledgement was sent. */
  acknowledgeDue = 0;
  /** Whether our last body was sent: the session ends when it is acknowledged. */
  isEnding = false;
  isGone = false;

  constructor(endpoint: string, socket: number, nowMs: number) {
    this.endpoint = endpoint;
    this.socket = socket;
    this.progressMs = nowMs;
    this.heardMs = nowMs;
  }

  /** The sequence that the next new body gets. */
  get sndNxt(): number {
    return this.sndUna + this.unacknowledged.size;
  }

  /** Forgets the bodies up to this sequence, which are acknowledged. */
  acknowledgeUpTo(sequence: number): void {
    while (this.sndUna <= sequence) {
      this.unacknowledged.shift();
      this.sndUna += 1;
    }
  }

  /** The next sequence to send again, and whether the rest waits until it is acknowledged. */
  takeResend(): { readonly sequence: number; readonly isLast: boolean } {
    const sequence = Math.max(this.resendNext, this.sndUna);
    this.resendNext = sequence + 1;
    const last = Math.min(this.resendUntil, this.sndUna + RETRANSMIT_BURST, this.sndNxt) - 1;
    return { sequence, isLast: sequence >= last };
  }
}
