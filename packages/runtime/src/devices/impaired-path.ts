import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ImpairmentSettings as ControlSettings } from '@strata/contract';
import {
  fitFrame,
  Impairment,
  type ImpairmentCounters,
  type ImpairmentDrop,
  type ImpairmentSettings,
  isClearWire,
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
  /** The interface's own impairment at the start. Undefined: that of the wire. */
  readonly settings?: ImpairmentConfig | undefined;
  /** The wire's impairment at the start. Undefined: none. */
  readonly wireSettings?: ImpairmentConfig | undefined;
}

/** Settings that replace those before. An absent field means no impairment of that kind. */
export type PathSettings = {
  readonly [Name in keyof ImpairmentSettings]?: ImpairmentSettings[Name] | undefined;
} & {
  /** Undefined: a random one. */
  readonly seed?: number | undefined;
};

/** Whose impairment is in effect: the interface's own, or the wire's. Undefined: nobody's. */
export type ImpairmentOwner = 'interface' | 'wire' | undefined;

/**
 * One direction of an impaired wire, in real time. Without an impairment, frames pass at once and
 * whole. An impairment acts on single segments, as on a real wire: super-segments are cut up first.
 *
 * An interface's own impairment takes the place of that of its wire.
 */
export class ImpairedPath {
  readonly #deliver: (frames: LinkFrame[]) => void;
  readonly #impairment: Impairment;
  readonly #driver: Driver;
  readonly #seals: boolean;
  #own: PathSettings | undefined;
  #wire: PathSettings | undefined;
  #onDrops: ((drops: readonly ImpairmentDrop[]) => void) | undefined;
  #seed = 0;
  #random: () => number = Math.random;
  #isClear = true;
  #isClosed = false;
  #corrupts = false;

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
    const { settings, wireSettings } = options;
    if (wireSettings !== undefined) this.configureWire(wireSettings);
    if (settings !== undefined) this.configure(settings);
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
      this.#impairment.refuse(frame, nowMs);
      return;
    }
    // If the frame had a check sequence, each part gets its own.
    const isSealed = (this.#seals && this.#corrupts) || frame.fcs !== undefined;
    for (const part of parts) this.#impairment.handle(isSealed ? sealed(part) : part, nowMs);
  };

  /**
   * Replaces the interface's own impairment, from the next frame on. Undefined: it has none, and
   * the wire's is in effect. Throws LinkError, code LINK_RANGE.
   */
  configure(settings: PathSettings | undefined): void {
    this.#apply(settings ?? this.#wire);
    this.#own = settings;
  }

  /**
   * Replaces the wire's impairment. It is in effect unless the interface has one of its own.
   * Undefined: none. Throws LinkError, code LINK_RANGE.
   */
  configureWire(settings: PathSettings | undefined): void {
    if (this.#own === undefined) this.#apply(settings);
    this.#wire = settings;
  }

  #apply({ seed, ...rest }: PathSettings = {}): void {
    const given = Object.entries(rest).filter(([, value]) => value !== undefined);
    this.#driver.run(() => {
      this.#impairment.configure({ ...NO_IMPAIRMENT, ...Object.fromEntries(given) });
      this.#seed = seed ?? randomInt(2 ** 32);
      this.#random = seededRandom(this.#seed);
      const settings = this.#impairment.settings();
      this.#corrupts = settings.corruptRatio > 0;
      this.#isClear = isClearWire(settings);
    });
  }

  get owner(): ImpairmentOwner {
    if (this.#own !== undefined) return 'interface';
    return this.#wire === undefined ? undefined : 'wire';
  }

  /** The settings in effect, in the form of the contract's control messages. */
  settings(): ControlSettings {
    return { ...this.#impairment.settings(), seed: this.#isClear ? 0 : this.#seed };
  }

  counters(): Readonly<ImpairmentCounters> {
    return this.#impairment.counters();
  }

  /** What waits in the impairment. */
  backlog(): { readonly frames: number; readonly octets: number } {
    return { frames: this.#impairment.backlog, octets: this.#impairment.backlogOctets };
  }

  /** Sets who is told of dropped frames, after each batch. Undefined: nobody. */
  observeDrops(onDrops: ((drops: readonly ImpairmentDrop[]) => void) | undefined): void {
    this.#onDrops = onDrops;
    this.#impairment.observe(onDrops !== undefined);
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
    if (this.#onDrops !== undefined) this.#tellDrops(this.#onDrops);
  }

  #tellDrops(onDrops: (drops: readonly ImpairmentDrop[]) => void): void {
    const drops: ImpairmentDrop[] = [];
    for (let it = this.#impairment.pollDrop(); it; it = this.#impairment.pollDrop()) drops.push(it);
    if (drops.length > 0) onDrops(drops);
  }
}

function sealed(frame: LinkFrame): LinkFrame {
  return frame.fcs === undefined ? { ...frame, fcs: crc32(frame.frame) } : frame;
}
