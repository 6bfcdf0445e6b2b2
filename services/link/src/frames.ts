/** The frames between a link core and its devices. */
import type { LinkCore, LinkFrame } from '@strata/link';
import type { Capture, Input, Output } from '@strata/runtime';
import type { Devices } from './counters.ts';

/** All frames from the devices. */
export function fromDevices(devices: Devices, core: LinkCore, capture: Capture): Input {
  const handleFrame = core.handleFrame.bind(core);
  return (driver) => {
    for (const device of devices) {
      device?.onFrames((frames) => {
        capture.record('in', frames);
        driver.batch('frame', frames, handleFrame);
      });
    }
    // A device delivers frames until it is closed, but a stopped driver handles none.
    return { close: () => {} };
  };
}

/** Sends all frames of the core. Consecutive frames of one interface go to its device together. */
export function toDevices(devices: Devices, core: LinkCore, capture: Capture): Output {
  return () => {
    for (let first = core.pollFrame(); first !== undefined; ) {
      const frames: LinkFrame[] = [first];
      let next = core.pollFrame();
      while (next !== undefined && next.interfaceIndex === first.interfaceIndex) {
        frames.push(next);
        next = core.pollFrame();
      }
      capture.record('out', frames);
      devices[first.interfaceIndex]?.send(frames);
      first = next;
    }
  };
}
