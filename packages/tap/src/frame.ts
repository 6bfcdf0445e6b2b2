import type { ChecksumState } from '@strata/wire';

/** A frame that came from the host. */
export interface TapFrame {
  /**
   * An Ethernet frame without frame check sequence. The receiver owns it for as long as it likes:
   * the driver writes these bytes never again. It is a view of a slab of 1 MiB that other frames
   * share, so copy what is kept for long. The octets behind the Ethernet header are aligned to 8.
   */
  readonly frame: Uint8Array;
  /**
   * Octets of payload in each segment of a super-frame (gso_size); 0 where the frame is one
   * segment.
   */
  readonly segmentSize: number;
  /** State of the transport checksum: `partial` where the kernel left it to us (NEEDS_CSUM). */
  readonly checksum: ChecksumState;
  /** Where a partial checksum starts, in octets from the frame's start; else 0. */
  readonly checksumStart: number;
  /** Where its field is, in octets from `checksumStart`; else 0. */
  readonly checksumOffset: number;
}

/**
 * Makes what a handler gets of a frame that came: for a program that has a record of its own, so
 * that there is one for each frame and no second. The arguments are the fields of a
 * {@link TapFrame}.
 */
export type TapFrameMaker<Frame> = (
  frame: Uint8Array,
  segmentSize: number,
  checksum: ChecksumState,
  checksumStart: number,
  checksumOffset: number,
) => Frame;

/** The maker of plain {@link TapFrame}s. */
export const makeTapFrame: TapFrameMaker<TapFrame> = (
  frame,
  segmentSize,
  checksum,
  checksumStart,
  checksumOffset,
) => ({ frame, segmentSize, checksum, checksumStart, checksumOffset });

/**
 * A frame for the host. The bytes are read before `write` returns, and stay the caller's. A
 * `TapFrame` is one, and so is a `LinkFrame` of the link core.
 */
export interface TapOutFrame {
  /** An Ethernet frame without frame check sequence, of at least 14 octets. */
  readonly frame: Uint8Array;
  /**
   * The rest of the frame, behind `frame`, which has all headers then. Written without being copied
   * together. Default: none.
   */
  readonly tail?: readonly Uint8Array[] | undefined;
  /** As in {@link TapFrame}. Default 0. */
  readonly segmentSize?: number;
  /** As in {@link TapFrame}. Default `complete`. The kernel verifies a `verified` one itself. */
  readonly checksum?: ChecksumState;
  /** Default: found in the frame, which then has to be IPv4 with TCP or UDP. */
  readonly checksumStart?: number;
  readonly checksumOffset?: number;
}

/**
 * Takes the frames of one wake-up of one queue, in their order. The array and the frames are the
 * handler's.
 */
export type TapFramesHandler<Frame = TapFrame> = (batch: Frame[], queue: number) => void;
