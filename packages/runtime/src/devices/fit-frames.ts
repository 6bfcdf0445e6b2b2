import { fitFrame, type InterfaceOffload, type LinkFrame } from '@strata/link';

/**
 * Fits frames to a receiver that accepts what `takes` allows: cuts super-segments and completes
 * checksums where necessary. Returns `frames` itself if all fit already. A frame that cannot be
 * fitted is left out, and `onUnfit` is called. The bytes then belong to this function.
 */
export function fitFrames(
  frames: LinkFrame[],
  takes: InterfaceOffload,
  onUnfit: () => void,
): LinkFrame[] {
  if ((takes.segmentation && takes.checksum) || areTaken(frames, takes)) return frames;
  return cutFrames(frames, takes, onUnfit);
}

function cutFrames(
  frames: readonly LinkFrame[],
  takes: InterfaceOffload,
  onUnfit: () => void,
): LinkFrame[] {
  return frames.flatMap((frame) => {
    const parts = fitFrame(frame, takes);
    if (parts === undefined) onUnfit();
    return parts ?? [];
  });
}

/**
 * {@link fitFrames} for received frames. With checksum offload off (ethtool's rx-checksumming) no
 * checksum counts as verified, so the stack verifies it.
 */
export function fitReceived(
  frames: LinkFrame[],
  takes: InterfaceOffload,
  onUnfit: () => void,
): LinkFrame[] {
  const fitting = fitFrames(frames, takes, onUnfit);
  if (takes.checksum || !fitting.some(isVerified)) return fitting;
  return fitting.map((frame) => (isVerified(frame) ? { ...frame, checksum: 'complete' } : frame));
}

function areTaken(frames: readonly LinkFrame[], takes: InterfaceOffload): boolean {
  for (const frame of frames) if (!isTaken(frame, takes)) return false;
  return true;
}

function isTaken({ segmentSize, checksum }: LinkFrame, takes: InterfaceOffload): boolean {
  return (takes.segmentation || segmentSize === 0) && (takes.checksum || checksum !== 'partial');
}

function isVerified({ checksum }: LinkFrame): boolean {
  return checksum === 'verified';
}
