import type { Bus } from '@strata/bus';
import { type CapturedFrame, type Channel, captureChannel } from '@strata/contract';
import { askControl } from '@strata/runtime';

/**
 * Length of a capture lease. It is renewed three times in this time, so a lost request does not end
 * the capture.
 */
const LEASE_MS = 6000;
const RENEW_MS = 2000;

export interface CaptureOptions {
  readonly bus: Bus;
  readonly stacks: readonly string[];
  /** Most octets kept of a frame, 14 to 262,144; 0: all. Default 0. */
  readonly snapOctets?: number | undefined;
}

/** A running capture. */
export interface Capture {
  /**
   * Resolves when each stack has been asked once, with the stacks whose link layer did not answer.
   * Those are asked again.
   */
  readonly ready: Promise<readonly string[]>;
  /** Frames that were missed because there were too many. */
  dropped(): number;
  /**
   * Ends the capture. Link stops copying when the lease ends, because another viewer may still need
   * the copies.
   */
  close(): void;
}

/**
 * Asks the link layers to copy the frames of their interfaces, and hands each copy to `onFrame`,
 * which only reads it.
 */
export function startCapture(
  options: CaptureOptions,
  onFrame: (stack: string, frame: CapturedFrame) => void,
): Capture {
  const { bus, stacks, snapOctets = 0 } = options;
  const stackOf = new Map(stacks.map((stack) => [captureChannel(stack).subject, stack]));
  const channels = stacks.map((stack) => captureChannel(stack) as Channel<unknown>);
  const observation = bus.observe(channels, (subject, _key, frames) => {
    const stack = stackOf.get(subject);
    if (stack === undefined) return;
    for (const frame of frames) onFrame(stack, frame as CapturedFrame);
  });
  const request = { kind: 'capture', leaseMs: LEASE_MS, snapOctets } as const;
  const renew = () =>
    Promise.all(
      stacks.map((stack) =>
        askControl(bus, stack, 'link', request, 'capture').then(
          () => [],
          () => [stack],
        ),
      ),
    );
  const ready = Promise.all([renew(), observation.ready]).then(([silent]) => silent.flat());
  const timer = setInterval(() => void renew(), RENEW_MS);
  return {
    ready,
    dropped: () => observation.missed(),
    close: () => {
      clearInterval(timer);
      observation.stop();
    },
  };
}
