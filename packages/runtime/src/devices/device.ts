import type { LinkFrame } from '@strata/link';
import type { DeviceFeatures } from './features.ts';
import type { ImpairedPath } from './impaired-path.ts';

/**
 * Counts of a device, from 0. Received is what comes from the wire, transmitted what goes to it.
 */
export interface DeviceCounters {
  readonly rxFrames: number;
  readonly rxOctets: number;
  /** Frames that were dropped since nobody took them in time (`netdev_max_backlog`). */
  readonly rxDropped: number;
  /** Frames whose frame check sequence was wrong. */
  readonly rxCrcErrors: number;
  /** Messages on the bus that are no frames of a wire. */
  readonly rxMalformed: number;
  readonly txFrames: number;
  readonly txOctets: number;
  /** Frames that the kernel did not take, or the wire since there was no connection to its bus. */
  readonly txDropped: number;
}

/** What a link service sends frames by, and hears them from. */
export interface FrameDevice {
  /** As the config names it: `eth0`. */
  readonly name: string;
  readonly kind: 'tap' | 'wire';
  /** Largest packet, octets. */
  readonly mtu: number;
  /**
   * What it takes and brings, super-segments and partial checksums among it; changeable at any
   * time.
   */
  readonly features: DeviceFeatures;
  /**
   * Another name that it goes by: of a TAP that is the interface of a stack, the host's name for
   * it.
   */
  readonly alias?: string | undefined;
  /** False once somebody has taken the device away. */
  readonly isPresent: boolean;
  /** What goes wrong in each direction; changeable at any time. */
  readonly impairmentIn: ImpairedPath;
  readonly impairmentOut: ImpairedPath;
  /**
   * Sets who takes the frames, and starts to read. A batch is what came at once; the array and the
   * bytes are the handler's. It is never called from within `send`.
   */
  onFrames(handler: (frames: LinkFrame[]) => void): void;
  /**
   * Sends frames in their order. The records, the bytes and their headroom are the device's from
   * here on, the array stays the caller's.
   */
  send(frames: LinkFrame[]): void;
  counters(): DeviceCounters;
  /** Frees what it holds; what an impairment still keeps is lost. A second call does nothing. */
  close(): void;
}

/** The counters while they are counted. */
export type MutableDeviceCounters = { -readonly [Name in keyof DeviceCounters]: number };

export function zeroDeviceCounters(): MutableDeviceCounters {
  return {
    rxFrames: 0,
    rxOctets: 0,
    rxDropped: 0,
    rxCrcErrors: 0,
    rxMalformed: 0,
    txFrames: 0,
    txOctets: 0,
    txDropped: 0,
  };
}
