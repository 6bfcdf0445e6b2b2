import type { LinkFrame } from '@strata/link';
import type { DeviceFeatures } from './features.ts';
import type { ImpairedPath } from './impaired-path.ts';

/** Counters of a device, from 0. Received (rx): from the wire. Transmitted (tx): to the wire. */
export interface DeviceCounters {
  readonly rxFrames: number;
  readonly rxOctets: number;
  /** Received frames that were dropped because the queue was full (`netdev_max_backlog`). */
  readonly rxDropped: number;
  /** Frames whose frame check sequence was wrong. */
  readonly rxCrcErrors: number;
  /** Messages on the bus that are not frames of a wire. */
  readonly rxMalformed: number;
  readonly txFrames: number;
  readonly txOctets: number;
  /**
   * Frames that could not be sent: the kernel did not take them, or the wire's bus was
   * disconnected.
   */
  readonly txDropped: number;
}

/** What a link service sends frames to, and receives frames from. */
export interface FrameDevice {
  /** The name in the config: `eth0`. */
  readonly name: string;
  readonly kind: 'tap' | 'wire';
  /** Largest packet, octets. */
  readonly mtu: number;
  /**
   * What the device does for the stack, such as segmentation and checksums. Can be changed at any
   * time.
   */
  readonly features: DeviceFeatures;
  /** A second name of the device. For a TAP that is a stack's interface: the host's name of it. */
  readonly alias?: string | undefined;
  /** False after somebody has removed the device. */
  readonly isPresent: boolean;
  /** The impairment in each direction. Can be changed at any time. */
  readonly impairmentIn: ImpairedPath;
  readonly impairmentOut: ImpairedPath;
  /**
   * Sets the handler of received frames, and starts reading. A batch holds the frames of one read.
   * The array and the bytes belong to the handler. The handler is never called inside `send`.
   */
  onFrames(handler: (frames: LinkFrame[]) => void): void;
  /**
   * Sends frames in order. The records, the bytes and their headroom then belong to the device. The
   * array stays the caller's.
   */
  send(frames: LinkFrame[]): void;
  counters(): DeviceCounters;
  /**
   * Frees the device. Frames that an impairment still delays are lost. A second call does nothing.
   */
  close(): void;
}

/** The counters, writable. */
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
