import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { TapError } from './errors.ts';

/** An open device on the native side. */
export interface NativeHandle {
  /** The interface's name; the kernel chooses the number if a pattern was given. */
  readonly name: string;
  readonly ifIndex: number;
  /** The interface existed before, and stays when the device is closed. */
  readonly persistent: boolean;
  readonly createdNamespace: boolean;
}

/** Argument of the addon's `open`. See native/device.c. */
export interface NativeOpenOptions {
  readonly name: string;
  /** Empty: the namespace of this process. */
  readonly netns: string;
  readonly queues: number;
  readonly batchFrames: number;
  readonly virtioHeader: boolean;
  readonly disableIpv6: boolean;
  readonly handler: NativeBatchHandler;
  /** Filled before `handler` is called: offset in the slab and length of each frame. */
  readonly rxTable: Uint32Array;
  /** Read by `write`: 10 octets for each frame. */
  readonly txHeaders: Uint8Array;
  /** Read by `write`: the number of parts of each frame. */
  readonly txPartCounts: Uint32Array;
  /**
   * Filled by `write`: frames sent, octets sent, frames dropped, frames failed, 1 if the interface
   * is gone.
   */
  readonly txResult: Uint32Array;
}

/**
 * Called on the event loop with the frames of one wake-up. The addon never overwrites these frames
 * in the slab.
 */
export type NativeBatchHandler = (
  queue: number,
  frames: number,
  slab: Buffer,
  errors: number,
  removed: boolean,
) => void;

/** The interface's state in the kernel. */
export interface NativeLink {
  readonly up: boolean;
  readonly carrier: boolean;
  readonly mtu: number;
  readonly queueLength: number;
  readonly dropped: number;
  readonly mac: Buffer;
}

/** Used before a link has been read. */
export const NO_LINK: NativeLink = {
  up: false,
  carrier: false,
  mtu: 0,
  queueLength: 0,
  dropped: 0,
  mac: Buffer.alloc(6),
};

/** Addresses as 32-bit numbers; broadcast 0: none. */
export interface NativeAddress {
  readonly address: number;
  readonly prefixLength: number;
  readonly broadcast: number;
}

/**
 * The functions of build/tap.node. If the system refuses, they throw an error that `explain`
 * understands.
 */
export interface Addon {
  open(options: NativeOpenOptions): NativeHandle;
  close(handle: NativeHandle): void;
  probe(): void;
  setUp(handle: NativeHandle, up: boolean): void;
  setMtu(handle: NativeHandle, octets: number): void;
  setQueueLength(handle: NativeHandle, frames: number): void;
  setMac(handle: NativeHandle, mac: Uint8Array): void;
  setCarrier(handle: NativeHandle, on: boolean): void;
  /** Returns whether UDP super-frames are possible too; false without `segmentation`. */
  setOffload(handle: NativeHandle, checksum: boolean, segmentation: boolean): boolean;
  link(handle: NativeHandle): NativeLink;
  addAddress(handle: NativeHandle, address: number, prefixLength: number, broadcast: number): void;
  removeAddress(
    handle: NativeHandle,
    address: number,
    prefixLength: number,
    broadcast: number,
  ): void;
  addresses(handle: NativeHandle): NativeAddress[];
  start(handle: NativeHandle): void;
  stop(handle: NativeHandle): void;
  reference(handle: NativeHandle, referenced: boolean): void;
  /** Writes `count` frames; each takes the next parts, as many as `txPartCounts` says. */
  write(handle: NativeHandle, queue: number, parts: readonly Uint8Array[], count: number): number;
}

/** The path is the same from src/ and from dist/. */
const ADDON_PATH = fileURLToPath(new URL('../build/tap.node', import.meta.url));

/**
 * The addon, loaded at the first call.
 *
 * @param platform one of `process.platform`'s names; a parameter so that other platforms can be
 * tested
 * @throws {TapError} `TAP_NOT_SUPPORTED` if this is not Linux, `TAP_NOT_BUILT` if there is no addon
 */
export function loadAddon(
  platform: NodeJS.Platform = process.platform,
  path: string = ADDON_PATH,
): Addon {
  if (platform !== 'linux') {
    throw new TapError(
      'TAP_NOT_SUPPORTED',
      `TAP devices need Linux, and this is ${platform}: use the virtual wire, or run Strata in a Linux machine or container`,
    );
  }
  if (!existsSync(path)) {
    throw new TapError(
      'TAP_NOT_BUILT',
      `the TAP driver is not built, ${path} is missing: install a C compiler (Debian: apt install gcc libc6-dev) and run npm run build`,
    );
  }
  try {
    return createRequire(import.meta.url)(path) as Addon;
  } catch (error) {
    throw new TapError(
      'TAP_NOT_BUILT',
      `the TAP driver ${path} does not load (${(error as Error).message}): it was built on another machine or for another C library; remove it and run npm run build`,
      undefined,
      { cause: error },
    );
  }
}
