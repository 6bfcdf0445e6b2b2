import type { Bus } from '@strata/bus';
import { type CapturedFrame, captureChannel } from '@strata/contract';
import { askControl } from '@strata/runtime';

/** A viewer renews its lease three times in that time: link goes on through one lost request. */
const LEASE_MS = 6000;
const RENEW_MS = 2000;

export interface CaptureOptions {
  readonly bus: Bus;
  readonly stacks: readonly string[];
  /** Octets kept of a frame at most, 14 to 262,144; 0: all. Default 0. */
  readonly snapOctets?: number | undefined;
}

/** A capture that runs. */
export interface Capture {
  /** Resolves when each stack has been asked once, with those whose link layer did not answer: they are asked again. */
  readonly ready: Promise<readonly string[]>;
  /** Frames that went by unseen since there were too many. */
  dropped(): number;
  /** Ends it. Link stops copying when the lease is over: another viewer may still be there. */
  close(): void;
}

/** Has the link layers copy the frames that their interfaces carry, and hands them on. The bytes are the callee's. */
export function startCapture(
  options: CaptureOptions,
  onFrame: (stack: string, frame: CapturedFrame) => void,
): Capture {
  const { bus, stacks, snapOctets = 0 } = options;
  const subscriptions = stacks.map((stack) =>
    bus.subscribe(captureChannel(stack), (batch) => {
      for (const frame of batch) onFrame(stack, frame);
    }),
  );
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
  const ready = renew().then((silent) => silent.flat());
  const timer = setInterval(() => void renew(), RENEW_MS);
  return {
    ready,
    dropped: () => subscriptions.reduce((sum, one) => sum + one.counters().dropped, 0),
    close: () => {
      clearInterval(timer);
      for (const subscription of subscriptions) subscription.close();
    },
  };
}
