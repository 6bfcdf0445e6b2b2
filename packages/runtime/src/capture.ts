import type { Bus } from '@strata/bus';
import { type CapturedFrame, type Channel, captureChannel } from '@strata/contract';
import type { LinkFrame } from '@strata/link';
import { joinTail, tailOctets } from '@strata/wire';
import { type Clock, SYSTEM_CLOCK } from './clock.ts';

/** Octets of a frame that are copied if the viewer sets no limit: the contract's maximum. */
const MAX_SNAP_OCTETS = 262_144;
/**
 * Most octets that are copied in one turn of the event loop. Further frames are left out and
 * counted.
 */
const MAX_TURN_OCTETS = 16 * 1024 * 1024;

/**
 * Copies the frames of a stack's interfaces to its capture channel while somebody captures. A
 * capture is a lease that ends by itself. Without a capture it costs one comparison for each batch.
 */
export class Capture {
  readonly #bus: Bus;
  readonly #channel: Channel<CapturedFrame>;
  readonly #nameOf: (interfaceIndex: number) => string;
  readonly #clock: Clock;
  #cancel: (() => void) | undefined;
  #leaseMs = 0;
  #snapOctets = MAX_SNAP_OCTETS;
  #turnOctets = 0;
  #turn: NodeJS.Immediate | undefined;
  #captured = 0;
  #leftOut = 0;

  /** `nameOf`: the name of the interface with this index. */
  constructor(bus: Bus, stack: string, nameOf: (interfaceIndex: number) => string, clock?: Clock) {
    this.#bus = bus;
    this.#channel = captureChannel(stack);
    this.#nameOf = nameOf;
    this.#clock = clock ?? SYSTEM_CLOCK;
  }

  get isOn(): boolean {
    return this.#cancel !== undefined;
  }

  /** Duration of the current lease. 0: off. */
  get leaseMs(): number {
    return this.#leaseMs;
  }

  counters(): { readonly captured: number; readonly captureLeftOut: number } {
    return { captured: this.#captured, captureLeftOut: this.#leftOut };
  }

  /**
   * Captures for `leaseMs` from now on. 0: ends the capture. Copies `snapOctets` of each frame. 0:
   * all. With several viewers, the longest lease and the most octets apply.
   */
  set(leaseMs: number, snapOctets: number): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const wantedOctets = snapOctets === 0 ? MAX_SNAP_OCTETS : snapOctets;
    this.#snapOctets = this.#leaseMs > 0 ? Math.max(this.#snapOctets, wantedOctets) : wantedOctets;
    this.#leaseMs = leaseMs;
    if (leaseMs === 0) return;
    this.#cancel = this.#clock.after(leaseMs, () => {
      this.#cancel = undefined;
      this.#leaseMs = 0;
    });
  }

  /** Copies frames that an interface carries, if a capture is on. */
  record(direction: CapturedFrame['direction'], frames: readonly LinkFrame[]): void {
    if (this.#cancel === undefined) return;
    const timestampUs = Math.floor((performance.timeOrigin + performance.now()) * 1000);
    const pdus: CapturedFrame[] = [];
    for (const frame of frames) {
      const octets = frame.frame.byteLength + tailOctets(frame.tail);
      const copy = this.#copy(frame, octets);
      if (copy === undefined) continue;
      pdus.push({
        interfaceIndex: frame.interfaceIndex,
        interfaceName: this.#nameOf(frame.interfaceIndex),
        direction,
        timestampUs,
        frame: copy,
        originalOctets: octets,
        dropReason: undefined,
        segmentSize: frame.segmentSize,
        checksum: frame.checksum,
      });
    }
    if (pdus.length > 0) this.#bus.publish(this.#channel, pdus);
  }

  /**
   * A copy, because the frame's bytes are overwritten later. Undefined: this turn has copied too
   * much.
   */
  #copy({ frame, tail }: LinkFrame, frameOctets: number): Uint8Array | undefined {
    const octets = Math.min(frameOctets, this.#snapOctets);
    if (this.#turnOctets + octets > MAX_TURN_OCTETS) {
      this.#leftOut += 1;
      return undefined;
    }
    this.#turnOctets += octets;
    this.#captured += 1;
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      this.#turnOctets = 0;
    });
    if (octets <= frame.byteLength) return frame.slice(0, octets);
    return joinTail(frame, tail).slice(0, octets);
  }

  close(): void {
    this.set(0, 0);
    if (this.#turn !== undefined) clearImmediate(this.#turn);
  }
}
