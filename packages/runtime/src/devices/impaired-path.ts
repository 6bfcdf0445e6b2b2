import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ImpairmentSettings as ControlSettings } from '@strata/contract';
import {
  fitFrame,
  Impairment,
  type ImpairmentCounters,
  type ImpairmentSettings,
  type LinkFrame,
  NO_IMPAIRMENT,
  NO_OFFLOAD,
  seededRandom,
} from '@strata/link';
import type { Clock } from '../clock.ts';
import type { ImpairmentConfig } from '../config/schema.ts';
import { Driver } from '../driver.ts';
import type { Logger } from '../log.ts';

export interface ImpairedPathOptions {
  /** For logs: `server eth0 out`. */
  readonly name: string;
  /** Takes what comes through, in the order of its arrival. The array is its own. */
  readonly deliver: (frames: LinkFrame[]) => void;
  readonly log: Logger;
  readonly clock?: Clock | undefined;
  /**
   * Whether frames get a check sequence before they may be corrupted, so that the receiver finds
   * out. Default false.
   */
  readonly seals?: boolean | undefined;
  /** Undefined: nothing goes wrong at first. */
  readonly settings?: ImpairmentConfig | undefined;
}

/**
 * One direction of a wire on which things go wrong, in real time. While nothing is set to go wrong,
 * frames pass at once, whole. What goes wrong does so to single segments, as on a wire:
 * super-segments are cut up before.
 */
export class ImpairedPath {
  readonly #deliver: (frames: LinkFrame[]) => void;
  readonly #impairment: Impairment;
  readonly #driver: Driver;
  #seed = 0;
  #random: () => number = Math.random;
  #isClear = true;
  #isClosed = false;
  #corrupts = false;
  #unfit = 0;
  readonly #seals: boolean;

  constructor(options: ImpairedPathOptions) {
    this.#deliver = options.deliver;
    this.#seals = options.seals ?? false;
    this.#impairment = new Impairment({}, () => this.#random());
    this.#driver = new Driver({
      name: `impairment ${options.name}`,
      machine: {
        handleTimeout: () => undefined,
        nextDeadlineMs: () => this.#impairment.nextDeadlineMs(),
        isBusy: () => this.#impairment.backlog > 0,
      },
      flush: (nowMs) => this.#flush(nowMs),
      log: options.log,
      clock: options.clock,
    });
    if (options.settings !== undefined) this.configure(options.settings);
  }

  /** Sends frames on their way; array and bytes are the path's from here on. */
  handle(frames: LinkFrame[]): void {
    if (this.#isClosed) return;
    if (this.#isClear && this.#impairment.backlog === 0) {
      this.#deliver(frames);
      return;
    }
    this.#driver.batch('frame', frames, this.#handleOne);
  }

  readonly #handleOne = (frame: LinkFrame, nowMs: number): void => {
    const parts = fitFrame(frame, NO_OFFLOAD);
    if (parts === undefined) {
      this.#unfit += 1;
      return;
    }
    // Parts of a frame that had a check sequence have one of their own.
    const isSealed = (this.#seals && this.#corrupts) || frame.fcs !== undefined;
    for (const part of parts) this.#impairment.handle(isSealed ? sealed(part) : part, nowMs);
  };

  /**
   * Replaces the settings for frames to come; absent fields mean that nothing goes wrong. Throws
   * LinkError, code LINK_RANGE.
   */
  configure(settings: Partial<ImpairmentSettings> & { readonly seed?: number | undefined }): void {
    const { seed, ...rest } = settings;
    this.#driver.run(() => this.#impairment.configure({ ...NO_IMPAIRMENT, ...rest }));
    this.#seed = seed ?? randomInt(2 ** 32);
    this.#random = seededRandom(this.#seed);
    this.#corrupts = this.#impairment.settings().corruptRatio > 0;
    const { limitFrames: _, reorderGap: __, ...ways } = this.#impairment.settings();
    this.#isClear = Object.values(ways).every((value) => value === 0);
  }

  /** As the contract's control messages have it. */
  settings(): ControlSettings {
    const { reorderGap: _, limitFrames: __, ...settings } = this.#impairment.settings();
    return { ...settings, seed: this.#isClear ? 0 : this.#seed };
  }

  /** `dropped_unfit`: super-segments that could not be cut up. */
  counters(): Readonly<ImpairmentCounters & { dropped_unfit: number }> {
    return { ...this.#impairment.counters(), dropped_unfit: this.#unfit };
  }

  /** What is on its way is lost. */
  close(): void {
    this.#isClosed = true;
    this.#driver.stop();
  }

  #flush(nowMs: number): void {
    const frames: LinkFrame[] = [];
    for (let it = this.#impairment.poll(nowMs); it; it = this.#impairment.poll(nowMs)) {
      frames.push(it);
    }
    if (frames.length > 0) this.#deliver(frames);
  }
}

function sealed(frame: LinkFrame): LinkFrame {
  return frame.fcs === undefined ? { ...frame, fcs: crc32(frame.frame) } : frame;
}
