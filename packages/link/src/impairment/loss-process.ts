import { CorrelatedRandom } from './correlated-random.ts';
import type { ImpairmentSettings, LossModel } from './impairment-settings.ts';

/** States of the Markov chain in netem's numbering; the Gilbert-Elliott model has the first two. */
type State = 1 | 2 | 3 | 4;

/** Decides which frames are lost, by the loss model of the settings. */
export class LossProcess {
  readonly #random: () => number;
  readonly #correlated: CorrelatedRandom;
  #state: State = 1;

  /** `random`: uniform in 0 to 1. */
  constructor(random: () => number) {
    this.#random = random;
    this.#correlated = new CorrelatedRandom(random);
  }

  /** Whether the next frame is lost. Draws no random number if nothing can be lost. */
  isLost({ lossModel, lossRatio, lossCorrelation }: ImpairmentSettings): boolean {
    if (lossModel === undefined) return this.#correlated.happens(lossRatio, lossCorrelation);
    switch (lossModel.kind) {
      case 'state':
        return this.#fourStates(lossModel);
      case 'gemodel':
        return this.#gilbertElliott(lossModel);
    }
  }

  /**
   * The 4-state Markov chain of netem's loss_4state(). State 1: received in a gap. 2: received in a
   * burst. 3: lost in a burst. 4: lost alone, in a gap. The new state decides on the frame.
   */
  #fourStates({ p13, p31, p32, p23, p14 }: LossModel & { kind: 'state' }): boolean {
    const drawn = this.#random();
    switch (this.#state) {
      case 1:
        if (drawn < p14) this.#state = 4;
        else if (drawn < p14 + p13) this.#state = 3;
        break;
      case 2:
        if (drawn < p23) this.#state = 3;
        break;
      case 3:
        if (drawn < p32) this.#state = 2;
        else if (drawn < p32 + p31) this.#state = 1;
        break;
      case 4:
        this.#state = 1;
        break;
    }
    return this.#state >= 3;
  }

  /**
   * The Gilbert-Elliott model of netem's loss_gilb_ell(). State 1 is good, state 2 is bad. The old
   * state decides on the frame.
   */
  #gilbertElliott({ p, r, oneMinusH, oneMinusK }: LossModel & { kind: 'gemodel' }): boolean {
    const isGood = this.#state === 1;
    if (this.#random() < (isGood ? p : r)) this.#state = isGood ? 2 : 1;
    return this.#random() < (isGood ? oneMinusK : oneMinusH);
  }
}
