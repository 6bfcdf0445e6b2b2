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
  /** Gets the frames that pass, in order of arrival. The array then belongs to it. */
  readonly deliver: (frames: LinkFrame[]) => void;
  readonly log: Logger;
  readonly clock?: Clock | undefined;
  /**
   * Whether frames get a check sequence before they may be corrupted, so that the receiver detects
   * the corruption. Default false.
   */
  readonly seals?: boolean | undefined;
  /** Undefined: no impairment at the start. */
  readonly settings?: ImpairmentConfig | undefined;
}

/**
 * One direction of an impaired wire, in real time. Without an impairment, frames pass at once and
 * whole. An impairment acts on single segments, as on a real wire: super-segments are cut up first.
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

  /** Takes frames to deliver. The array and the bytes then belong to the path. */
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
    // If the frame had a check sequence, each part gets its own.
    const isSealed = (this.#seals && this.#corrupts) || frame.fcs !== undefined;
    for (const part of parts) this.#impairment.handle(isSealed ? sealed(part) : part, nowMs);
  };

  /**
   * Replaces the settings, from the next frame on. An absent field means no impairment of that
   * kind. Throws LinkError, code LINK_RANGE.
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

  /** The settings in the form of the contract's control messages. */
  settings(): ControlSettings {
    const { reorderGap: _, limitFrames: __, ...settings } = this.#impairment.settings();
    return { ...settings, seed: this.#isClear ? 0 : this.#seed };
  }

  /** `dropped_unfit`: super-segments that could not be cut up. */
  counters(): Readonly<ImpairmentCounters & { dropped_unfit: number }> {
    return { ...this.#impairment.counters(), dropped_unfit: this.#unfit };
  }

  /** Frames that it still delays are lost. */
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
