import { TapError } from './errors.ts';

/** What the kernel may leave to us in the frames that it sends. */
export interface TapOffload {
  /** Partial checksums (TUN_F_CSUM). */
  readonly checksum: boolean;
  /** TCP super-frames of up to 64 KiB (TUN_F_TSO4). Needs `checksum`. */
  readonly segmentation: boolean;
}

/** @throws {TapError} `TAP_INVALID_OPTION` if the device cannot do what is asked */
export function checkOffload(
  offload: boolean | TapOffload,
  name: string,
  virtioHeader: boolean,
): TapOffload {
  const wanted =
    typeof offload === 'boolean' ? { checksum: offload, segmentation: offload } : offload;
  const { checksum, segmentation } = wanted;
  if (segmentation && !checksum) {
    throw new TapError(
      'TAP_INVALID_OPTION',
      `TAP device ${name}: segmentation needs checksum, because super-frames have partial checksums`,
    );
  }
  if (checksum && !virtioHeader) {
    throw new TapError(
      'TAP_INVALID_OPTION',
      `TAP device ${name} was opened with virtioHeader false: offload needs the virtio header`,
    );
  }
  return { checksum, segmentation };
}
