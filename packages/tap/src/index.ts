/**
 * The TAP driver: Ethernet frames between the Linux kernel and this process, in batches.
 *
 * {@link openTap} opens a device; {@link Tap} is the same as a stream, with the interface of
 * tuntap2; {@link tapAvailable} tells whether opening would work.
 */
export type { Addon, NativeHandle, NativeLink, NativeOpenOptions } from './addon.ts';
export type { TapAddress } from './address.ts';
export { type TapAvailability, tapAvailable } from './available.ts';
export type { TapCounters } from './counters.ts';
export { openTap, type TapDevice } from './device.ts';
export { TapError, type TapErrorCode } from './errors.ts';
export type { TapFrame, TapFrameMaker, TapFramesHandler, TapOutFrame } from './frame.ts';
export type { TapOffload } from './offload.ts';
export type { TapOptions } from './options.ts';
export { Tap, type TapStreamOptions } from './tap.ts';
export * from './virtio-net-header.ts';
