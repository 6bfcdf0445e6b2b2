import { type Addon, loadAddon, type NativeHandle, type NativeLink, NO_LINK } from './addon.ts';
import { describeAddress, parseTapAddress, type TapAddress } from './address.ts';
import { type TapCounters, zeroCounters } from './counters.ts';
import { TapError } from './errors.ts';
import {
  makeTapFrame,
  type TapFrameMaker,
  type TapFramesHandler,
  type TapOutFrame,
} from './frame.ts';
import { FrameReader } from './frame-reader.ts';
import { FrameWriter } from './frame-writer.ts';
import { explain } from './native-failure.ts';
import { checkOffload, type TapOffload } from './offload.ts';
import {
  checkMac,
  checkMtu,
  type ResolvedTapOptions,
  resolveTapOptions,
  type TapOptions,
} from './options.ts';

/**
 * Opens a TAP device. When this returns, the interface exists, in `netns` if one is given; its
 * descriptors belong to this process. Blocks for about a millisecond, longer if a namespace must be
 * made.
 *
 * @param addon the native side; default: the kernel's. A test gives one of its own.
 * @throws {TapError} see `TapErrorCode`; then nothing is left behind
 */
export function openTap(options: TapOptions = {}, addon?: Addon): TapDevice {
  const resolved = resolveTapOptions(options);
  return new TapDevice(addon ?? loadAddon(), resolved);
}

/**
 * An open TAP device. Made by {@link openTap}.
 *
 * Order of calls: `onFrames` starts reading; earlier frames wait in the kernel (`backlogFrames`).
 * After `close` only the plain properties and `counters()` may be used; all other calls throw
 * `TAP_CLOSED`.
 */
export class TapDevice {
  /** The interface's namespace; undefined: the namespace of this process at the time of opening. */
  readonly netns: string | undefined;
  readonly queues: number;
  readonly #addon: Addon;
  readonly #handle: NativeHandle;
  readonly #counters = zeroCounters();
  readonly #reader: FrameReader;
  readonly #writer: FrameWriter;
  readonly #virtioHeader: boolean;
  #onFrames: TapFramesHandler<unknown> | undefined;
  #make: TapFrameMaker<unknown> = makeTapFrame;
  #onRemoved: (() => void) | undefined;
  #removed = false;
  #closed = false;
  #offload: TapOffload = { checksum: false, segmentation: false };
  #datagramOffload = false;
  /** The kernel's count of dropped frames at opening: not 0 if the interface existed before. */
  #droppedBefore = 0;
  #lastLink: NativeLink | undefined;

  /** Use {@link openTap}. */
  constructor(addon: Addon, options: ResolvedTapOptions) {
    this.#addon = addon;
    this.netns = options.netns;
    this.queues = options.queues;
    this.#virtioHeader = options.virtioHeader;
    this.#reader = new FrameReader(options.batchFrames, options.virtioHeader, this.#counters);
    this.#writer = new FrameWriter(options.virtioHeader, this.#counters);
    this.#handle = this.#open(options);
    try {
      this.#configure(options);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The interface's name. */
  get name(): string {
    return this.#handle.name;
  }

  /** The interface's number in its namespace. */
  get ifIndex(): number {
    return this.#handle.ifIndex;
  }

  /** Whether opening the device made the namespace; closing the device then removes it. */
  get createdNamespace(): boolean {
    return this.#handle.createdNamespace;
  }

  /**
   * Whether the interface existed before as a persistent one; it then stays when the device is
   * closed.
   */
  get persistent(): boolean {
    return this.#handle.persistent;
  }

  /** Whether the kernel may send super-frames and partial checksums. */
  get offload(): boolean {
    return this.#offload.segmentation;
  }

  /**
   * Whether UDP super-frames are possible in both directions (since Linux 6.2). False until
   * segmentation is on.
   */
  get datagramOffload(): boolean {
    return this.#datagramOffload;
  }

  /** MAC address of the host's end. After closing, the last one known. */
  get mac(): string {
    return this.#link()
      .mac.toString('hex')
      .replace(/(..)(?!$)/g, '$1:');
  }

  /** Largest packet in octets. After closing, the last one known. */
  get mtu(): number {
    return this.#link().mtu;
  }

  /** Whether the interface is up. False if it is gone. */
  get isUp(): boolean {
    return this.#link().up && this.#exists;
  }

  /** Whether the interface has a carrier, see {@link TapDevice.setCarrier}. False if it is gone. */
  get carrier(): boolean {
    return this.#link().carrier && this.#exists;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Sets the handler for frames, which replaces an earlier one, and starts reading. `make`: makes
   * the handler's object for each frame; default: a {@link TapFrame}.
   */
  onFrames(handler: TapFramesHandler): void;
  onFrames<Frame>(handler: TapFramesHandler<Frame>, make: TapFrameMaker<Frame>): void;
  onFrames(handler: TapFramesHandler<never>, make: TapFrameMaker<unknown> = makeTapFrame): void {
    this.#onFrames = handler as TapFramesHandler<unknown>;
    this.#make = make;
    this.resume();
  }

  /**
   * Sets a handler that is called once when somebody has deleted the interface. Reading or writing
   * detects this.
   */
  onRemoved(handler: () => void): void {
    this.#onRemoved = handler;
  }

  /** Stops reading. Frames wait in the kernel; beyond `backlogFrames` it drops the newest. */
  pause(): void {
    this.#call((addon, handle) => addon.stop(handle));
  }

  /** Reads again, if there is a handler for frames. */
  resume(): void {
    this.#checkOpen();
    if (!this.#removed && this.#onFrames !== undefined)
      this.#call((addon, handle) => addon.start(handle));
  }

  /**
   * Sends frames to the host in order. Returns how many are finished: sent, or dropped and counted.
   * The caller keeps the others and tries again later; in practice the kernel takes all.
   *
   * @param queue 0 to `queues - 1`
   * @throws {TapError} `TAP_CLOSED`, `TAP_INVALID_OPTION`. Never because of a frame's content.
   */
  write(frames: readonly TapOutFrame[], queue = 0): number {
    this.#checkOpen();
    if (!(queue >= 0 && queue < this.queues)) {
      throw new TapError(
        'TAP_INVALID_OPTION',
        `queue is ${queue}: TAP device ${this.name} has queues 0 to ${this.queues - 1}`,
      );
    }
    return this.#writer.write(queue, frames, this.#writeChunk);
  }

  /** The counters so far. */
  counters(): TapCounters {
    this.#counters.rxDropped = this.#link().dropped - this.#droppedBefore;
    return { ...this.#counters };
  }

  setUp(up: boolean): void {
    this.#call((addon, handle) => addon.setUp(handle, up));
  }

  /** @param mtu 68 to 65,521 octets */
  setMtu(mtu: number): void {
    const octets = checkMtu(mtu);
    this.#call((addon, handle) => addon.setMtu(handle, octets));
  }

  /** @param mac a unicast address, `02:00:00:00:00:01`; may change while the interface is up */
  setMac(mac: string): void {
    const octets = checkMac(mac);
    this.#call((addon, handle) => addon.setMac(handle, octets));
  }

  /** Sets the carrier, as if a cable were plugged in or pulled out. */
  setCarrier(on: boolean): void {
    this.#call((addon, handle) => addon.setCarrier(handle, on));
  }

  /**
   * Sets what the kernel may leave to us from now on: checksums and segmentation, together or each
   * by itself. Waiting frames stay as they are.
   *
   * @throws {TapError} `TAP_INVALID_OPTION`: without virtioHeader, or segmentation without
   * checksums
   */
  setOffload(offload: boolean | TapOffload): void {
    const { checksum, segmentation } = checkOffload(offload, this.name, this.#virtioHeader);
    if (this.#virtioHeader) {
      const datagrams = this.#call((addon, handle) =>
        addon.setOffload(handle, checksum, segmentation),
      );
      // What the kernel accepts from us does not depend on what it may leave to us.
      if (segmentation) this.#datagramOffload = datagrams;
    }
    this.#offload = { checksum, segmentation };
  }

  /**
   * @param address `192.0.2.1/24` @throws {TapError} `TAP_ADDRESS_IN_USE` if the interface has it
   * already
   */
  addAddress(address: string): void {
    const { address: octets, prefixLength, broadcast } = parseTapAddress(address);
    this.#call((addon, handle) => addon.addAddress(handle, octets, prefixLength, broadcast));
  }

  /** @param address `192.0.2.1/24` @throws {TapError} `TAP_NO_SUCH_ADDRESS` */
  removeAddress(address: string): void {
    const { address: octets, prefixLength, broadcast } = parseTapAddress(address);
    this.#call((addon, handle) => addon.removeAddress(handle, octets, prefixLength, broadcast));
  }

  /** The IPv4 addresses of the host's end. */
  addresses(): TapAddress[] {
    return this.#call((addon, handle) => addon.addresses(handle)).map(describeAddress);
  }

  /** Makes an open device keep the process running while it reads (the default). */
  ref(): void {
    this.#call((addon, handle) => addon.reference(handle, true));
  }

  /** Lets the process end although the device is open. */
  unref(): void {
    this.#call((addon, handle) => addon.reference(handle, false));
  }

  /**
   * Removes the interface, unless it is persistent, and the namespace if this device made it. All
   * is done when this returns, so it may be called in a process's `exit` handler. Further calls do
   * nothing.
   */
  close(): void {
    if (this.#closed) return;
    try {
      this.#link();
    } catch {
      // The last known values are used.
    }
    this.#closed = true;
    this.#onFrames = undefined;
    this.#onRemoved = undefined;
    this.#addon.close(this.#handle);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #open(options: ResolvedTapOptions): NativeHandle {
    try {
      return this.#addon.open({
        name: options.name,
        netns: options.netns ?? '',
        queues: options.queues,
        batchFrames: options.batchFrames,
        virtioHeader: options.virtioHeader,
        disableIpv6: !options.ipv6,
        handler: this.#onBatch,
        rxTable: this.#reader.table,
        txHeaders: this.#writer.headers,
        txPartCounts: this.#writer.partCounts,
        txResult: this.#writer.result,
      });
    } catch (error) {
      throw explain(error, options);
    }
  }

  #configure(options: ResolvedTapOptions): void {
    const { mac, mtu, backlogFrames } = options;
    this.#call((addon, handle) => addon.setQueueLength(handle, backlogFrames));
    if (mac !== undefined) this.#call((addon, handle) => addon.setMac(handle, mac));
    if (mtu !== undefined) this.#call((addon, handle) => addon.setMtu(handle, mtu));
    this.setOffload(options.offload);
    for (const { address, prefixLength, broadcast } of options.addresses)
      this.#call((addon, handle) => addon.addAddress(handle, address, prefixLength, broadcast));
    if (options.up) this.setUp(true);
    this.#droppedBefore = this.#link().dropped;
  }

  readonly #onBatch = (
    queue: number,
    frames: number,
    slab: Buffer,
    errors: number,
    removed: boolean,
  ): void => {
    this.#counters.rxErrors += errors;
    try {
      if (frames > 0) this.#onFrames?.(this.#reader.read(frames, slab, this.#make), queue);
    } finally {
      if (removed) this.#noteRemoved();
    }
  };

  readonly #writeChunk = (queue: number, frames: readonly Uint8Array[], count: number): number => {
    const done = this.#addon.write(this.#handle, queue, frames, count);
    if (this.#writer.result[4] !== 0) this.#findRemoved();
    return done;
  };

  /** False once the device is closed or known to be deleted. */
  get #exists(): boolean {
    return !this.#closed && !this.#removed;
  }

  /** Calls the handler later, because a caller does not expect it during its own call. */
  #findRemoved(): void {
    this.#removed = true;
    setImmediate(() => this.#noteRemoved());
  }

  #noteRemoved(): void {
    this.#removed = true;
    const handler = this.#onRemoved;
    this.#onRemoved = undefined;
    handler?.();
  }

  /** The interface's present state, or its last known one if it is gone. */
  #link(): NativeLink {
    if (this.#exists) {
      try {
        this.#lastLink = this.#call((addon, handle) => addon.link(handle));
      } catch (error) {
        if (!(error instanceof TapError && error.code === 'TAP_REMOVED')) throw error;
        this.#findRemoved();
      }
    }
    return this.#lastLink ?? NO_LINK;
  }

  #checkOpen(): void {
    if (!this.#closed) return;
    throw new TapError(
      'TAP_CLOSED',
      `TAP device ${this.name} is closed: open it again with openTap()`,
    );
  }

  #call<T>(use: (addon: Addon, handle: NativeHandle) => T): T {
    this.#checkOpen();
    try {
      return use(this.#addon, this.#handle);
    } catch (error) {
      throw explain(error, { name: this.name, netns: this.netns });
    }
  }
}
