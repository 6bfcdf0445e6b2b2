import { Duplex } from 'node:stream';
import { openTap, type TapDevice } from './device.ts';
import { TapError } from './errors.ts';
import type { TapFrame, TapOutFrame } from './frame.ts';
import type { TapOptions } from './options.ts';

/** Frames that the stream buffers in each direction before it asks for a pause. */
const HIGH_WATER_MARK_FRAMES = 256;

/**
 * Options of the stream: those of the device, but `up` is false by default and there is no offload.
 */
export type TapStreamOptions = Omit<TapOptions, 'offload' | 'virtioHeader'>;

/**
 * A TAP device as a stream with the interface of `tuntap2`: one chunk is one Ethernet frame, in
 * both directions. Set `mac`, `mtu` and `ipv4`, then `isUp`. For speed use {@link openTap}, which
 * moves batches.
 *
 * The chunks read are Buffers that belong to the reader. The stream fails with `TAP_REMOVED` when
 * the interface is deleted.
 */
export class Tap extends Duplex {
  /** The underlying device, for calls that the stream lacks. */
  readonly device: TapDevice;
  #readable = false;

  /** @throws {TapError} as {@link openTap} */
  constructor(options: TapStreamOptions = {}) {
    super({ objectMode: true, highWaterMark: HIGH_WATER_MARK_FRAMES });
    this.device = openTap({ ...options, up: options.up ?? false });
    this.device.onRemoved(() => this.destroy(removed(this.device)));
  }

  get name(): string {
    return this.device.name;
  }

  get ifindex(): number {
    return this.device.ifIndex;
  }

  get mac(): string {
    return this.device.mac;
  }

  set mac(mac: string) {
    this.device.setMac(mac);
  }

  get mtu(): number {
    return this.device.mtu;
  }

  set mtu(octets: number) {
    this.device.setMtu(octets);
  }

  get isUp(): boolean {
    return this.device.isUp;
  }

  set isUp(up: boolean) {
    this.device.setUp(up);
  }

  /**
   * The first IPv4 address with its prefix length, `192.0.2.1/24`, or undefined. Setting it
   * replaces all addresses.
   */
  get ipv4(): string | undefined {
    const first = this.device.addresses()[0];
    return first && `${first.address}/${first.prefixLength}`;
  }

  set ipv4(address: string) {
    for (const { address: old, prefixLength } of this.device.addresses())
      this.device.removeAddress(`${old}/${prefixLength}`);
    this.device.addAddress(address);
  }

  /** Closes the device at once; tuntap2's name for it. */
  release(): void {
    this.device.close();
    this.destroy();
  }

  override _read(): void {
    if (this.device.closed) return;
    if (this.#readable) this.device.resume();
    else this.device.onFrames(this.#onFrames);
    this.#readable = true;
  }

  override _write(
    chunk: Uint8Array | string,
    encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    this.#send([{ frame: bytesOf(chunk, encoding) }], done);
  }

  override _writev(
    chunks: { chunk: Uint8Array | string; encoding: BufferEncoding }[],
    done: (error?: Error | null) => void,
  ): void {
    this.#send(
      chunks.map(({ chunk, encoding }) => ({ frame: bytesOf(chunk, encoding) })),
      done,
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.device.close();
    done(error);
  }

  readonly #onFrames = (batch: TapFrame[]): void => {
    let more = true;
    for (const { frame } of batch)
      more = this.push(Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength));
    if (!more && !this.device.closed) this.device.pause();
  };

  #send(frames: readonly TapOutFrame[], done: (error?: Error | null) => void): void {
    let taken: number;
    try {
      taken = this.device.write(frames);
    } catch (error) {
      done(error as Error);
      return;
    }
    if (taken === frames.length) done();
    else setImmediate(() => this.#send(frames.slice(taken), done));
  }
}

function bytesOf(chunk: Uint8Array | string, encoding: BufferEncoding): Uint8Array {
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
}

function removed(device: TapDevice): TapError {
  return new TapError('TAP_REMOVED', `TAP device ${device.name}: the interface was deleted`);
}
