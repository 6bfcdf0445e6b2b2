import { fitFrame, type InterfaceOffload, type LinkFrame } from '@strata/link';

/**
 * The frames as somebody takes them who takes no more than `takes`: cut up, their checksums
 * complete, where need be. The array itself where all are so already. `onUnfit` hears of each that
 * cannot be made so, which is left out. The bytes are this function's.
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
 * {@link fitFrames} of what a device has brought: without checksum offload nobody below has
 * verified anything (RX checksumming of ethtool), so that the stack does.
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
