import type { ChecksumState } from '@strata/wire';

/** A frame received from the host. */
export interface TapFrame {
  /**
   * An Ethernet frame without frame check sequence. The receiver may keep it: the driver never
   * overwrites these bytes. It is a view of a slab of 1 MiB shared with other frames, so copy what
   * is kept for long. The octets after the Ethernet header are aligned to 8.
   */
  readonly frame: Uint8Array;
  /** Octets of payload in each segment of a super-frame (gso_size); 0: the frame is one segment. */
  readonly segmentSize: number;
  /** State of the transport checksum; `partial`: the kernel left it to us (NEEDS_CSUM). */
  readonly checksum: ChecksumState;
  /** Start of a partial checksum, in octets from the frame's start; otherwise 0. */
  readonly checksumStart: number;
  /** Place of its field, in octets from `checksumStart`; otherwise 0. */
  readonly checksumOffset: number;
}

/**
 * Makes the handler's object for a received frame. A program with its own record type gets one
 * object for each frame, not two. The arguments are the fields of a {@link TapFrame}.
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
 * A frame for the host. Its bytes are read before `write` returns, and belong to the caller. A
 * `TapFrame` is one, and so is a `LinkFrame` of the link core.
 */
export interface TapOutFrame {
  /** An Ethernet frame without frame check sequence, of at least 14 octets. */
  readonly frame: Uint8Array;
  /**
   * The rest of the frame after `frame`, which then has all headers. Written without being copied
   * together. Default: none.
   */
  readonly tail?: readonly Uint8Array[] | undefined;
  /** As in {@link TapFrame}. Default 0. */
  readonly segmentSize?: number;
  /** As in {@link TapFrame}. Default `complete`. The kernel verifies a `verified` one itself. */
  readonly checksum?: ChecksumState;
  /** Default: found in the frame, which must then be IPv4 with TCP or UDP. */
  readonly checksumStart?: number;
  readonly checksumOffset?: number;
}

/**
 * Receives the frames of one wake-up of one queue, in order. The array and the frames belong to the
 * handler.
 */
export type TapFramesHandler<Frame = TapFrame> = (batch: Frame[], queue: number) => void;
