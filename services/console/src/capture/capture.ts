import type { Bus } from '@strata/bus';
import { type CapturedFrame, captureChannel } from '@strata/contract';
import { askLayer } from '../control/ask-layer.ts';

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
  const renew = () => {
    for (const stack of stacks) {
      // A link layer that is not there now is asked again with the next renewal.
      askLayer(bus, stack, 'link', { kind: 'capture', leaseMs: LEASE_MS, snapOctets }).catch(
        () => undefined,
      );
    }
  };
  renew();
  const timer = setInterval(renew, RENEW_MS);
  return {
    dropped: () => subscriptions.reduce((sum, one) => sum + one.counters().dropped, 0),
    close: () => {
      clearInterval(timer);
      for (const subscription of subscriptions) subscription.close();
    },
  };
}
