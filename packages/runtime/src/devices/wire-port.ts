import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Bus, SubscribeOptions, Subscription } from '@strata/bus';
import { type Channel, WIRE_KEY_ALL, type WireFrame, wireChannel } from '@strata/contract';
import type { LinkFrame, WireStations } from '@strata/link';
import {
  ETHERNET_HEADER_OCTETS,
  formatMac,
  isGroupMac,
  joinTail,
  type MacAddress,
  readUint48,
  tailOctets,
} from '@strata/wire';
import { type Clock, SYSTEM_CLOCK } from '../clock.ts';
import type { ImpairmentConfig } from '../config/schema.ts';
import type { Logger } from '../log.ts';
import {
  type DeviceCounters,
  type FrameDevice,
  type MutableDeviceCounters,
  zeroDeviceCounters,
} from './device.ts';
import { DeviceFeatures } from './features.ts';
import { fitReceived } from './fit-frames.ts';
import { ImpairedPath } from './impaired-path.ts';

const MAC_OCTETS = 6;

export interface WirePortOptions {
  readonly bus: Bus;
  /** Name of the virtual wire. */
  readonly wire: string;
  /** Name of the port's interface. */
  readonly name: string;
  /** Index of the interface in its stack. Received frames carry it. */
  readonly interfaceIndex: number;
  /** The station's address. The port accepts frames to it, and frames to all. */
  readonly mac: MacAddress;
  /**
   * Set for a bridge's port. It accepts frames to every station except those that it has learned to
   * be on the wire. Default: a station's port.
   */
  readonly bridge?: WireStations | undefined;
  readonly mtu: number;
  /**
   * Whether the wire carries super-segments and partial checksums. If it does, the port's switches
   * can still turn them off.
   */
  readonly offload: boolean;
  /**
   * Whether frames carry a frame check sequence. Undefined: only if this or another port may
   * corrupt frames.
   */
  readonly fcs: boolean | undefined;
  /** Most frames that wait for the handler. Default 16,384 (`netdev_max_backlog`). */
  readonly backlogFrames?: number | undefined;
  /**
   * Whether received frames are this process's input. False: they leave here, as at a bridge's
   * port. Default true. See `SubscribeOptions`.
   */
  readonly isInput?: boolean | undefined;
  readonly impairmentIn?: ImpairmentConfig | undefined;
  readonly impairmentOut?: ImpairmentConfig | undefined;
  /** The wire's impairment of what each station sends, unless there is an `impairmentOut`. */
  readonly wireImpairment?: ImpairmentConfig | undefined;
  readonly log: Logger;
  readonly clock?: Clock | undefined;
}

/**
 * An interface's port on a virtual wire: an Ethernet segment on the bus
 * (proto/strata/v1/wire.proto).
 */
export class WirePort implements FrameDevice {
  readonly kind = 'wire';
  readonly isPresent = true;
  readonly name: string;
  readonly mtu: number;
  readonly features: DeviceFeatures;
  readonly impairmentIn: ImpairedPath;
  readonly impairmentOut: ImpairedPath;
  readonly #bus: Bus;
  readonly #channel: Channel<WireFrame>;
  readonly #port = `p${randomBytes(8).toString('hex')}`;
  readonly #interfaceIndex: number;
  readonly #backlogFrames: number | undefined;
  readonly #isInput: boolean;
  readonly #fcs: boolean | undefined;
  readonly #counters: MutableDeviceCounters = zeroDeviceCounters();
  readonly #mac: MacAddress;
  readonly #bridge: WireStations | undefined;
  readonly #clock: Clock;
  #subscription: Subscription | undefined;
  #handler: ((frames: LinkFrame[]) => void) | undefined;
  #isClosed = false;

  constructor(options: WirePortOptions) {
    this.name = options.name;
    this.mtu = options.mtu;
    this.features = new DeviceFeatures({
      offload: options.offload,
      mayOffload: options.offload,
      mayTakeAll: options.fcs !== false,
    });
    this.#bus = options.bus;
    this.#channel = wireChannel(options.wire);
    this.#interfaceIndex = options.interfaceIndex;
    this.#backlogFrames = options.backlogFrames;
    this.#isInput = options.isInput ?? true;
    this.#fcs = options.fcs;
    this.#mac = options.mac;
    this.#bridge = options.bridge;
    const { log, clock } = options;
    this.#clock = clock ?? SYSTEM_CLOCK;
    this.impairmentIn = new ImpairedPath({
      name: `${options.name} in`,
      deliver: (frames) => this.#receive(frames),
      settings: options.impairmentIn,
      seals: options.fcs !== false,
      log,
      clock,
    });
    this.impairmentOut = new ImpairedPath({
      name: `${options.name} out`,
      deliver: (frames) => this.#publish(frames),
      settings: options.impairmentOut,
      wireSettings: options.wireImpairment,
      seals: options.fcs !== false,
      log,
      clock,
    });
  }

  onFrames(handler: (frames: LinkFrame[]) => void): void {
    this.#handler = handler;
    this.#subscription ??= this.#bus.subscribe(this.#channel, (batch) => this.#arrive(batch), {
      ...this.#selection(),
      maxPendingPdus: this.#backlogFrames,
      isInput: this.#isInput,
    });
  }

  /**
   * Selects the frames of the wire that the port accepts: by key, which is the destination, or by
   * the frame itself.
   */
  #selection(): Pick<SubscribeOptions<WireFrame>, 'keys' | 'wants' | 'selects'> {
    const bridge = this.#bridge;
    const own = keyOfStation(this.#mac);
    const selects = ({ sourcePort, frame }: WireFrame) =>
      sourcePort !== this.#port && this.#isHeard(frame);
    if (bridge === undefined) return { keys: [own, WIRE_KEY_ALL], selects };
    // `wants` is called for each frame of the wire, and successive frames often have the same key.
    // So the last key's station is kept.
    let lastKey = own;
    let station = this.#mac;
    return {
      selects,
      wants: (key) => {
        if (key === own || key === WIRE_KEY_ALL) return true;
        if (key !== lastKey) {
          lastKey = key;
          station = stationOfKey(key);
        }
        return !bridge.passesOver(station, this.#clock.nowMs());
      },
    };
  }

  /** Whether the port accepts a frame of the wire. */
  #isHeard(frame: Uint8Array): boolean {
    // All ports accept frames to a group, and frames too short for an address (the key `all`).
    if (frame.byteLength < MAC_OCTETS || (frame[0]! & 1) !== 0) return true;
    const destination = readUint48(frame, 0);
    if (destination === this.#mac) return true;
    const bridge = this.#bridge;
    return bridge !== undefined && !bridge.passesOver(destination, this.#clock.nowMs());
  }

  #arrive(batch: WireFrame[]): void {
    let kept = 0;
    for (const frame of batch) {
      if (frame.sourcePort === this.#port) continue;
      batch[kept++] = frame;
      frame.interfaceIndex = this.#interfaceIndex;
      // A bridge forwards the frame as it is. A station reads it as one piece; the memory before it
      // may belong to another frame.
      if (this.#bridge !== undefined) continue;
      frame.frame = joinTail(frame.frame, frame.tail);
      frame.tail = undefined;
      frame.headroomOctets = 0;
    }
    batch.length = kept;
    if (kept > 0) this.impairmentIn.handle(batch);
  }

  #receive(frames: LinkFrame[]): void {
    if (this.#isClosed) return;
    const nowMs = this.#bridge === undefined ? 0 : this.#clock.nowMs();
    let kept = 0;
    for (const frame of frames) if (this.#isGood(frame, nowMs)) frames[kept++] = frame;
    frames.length = kept;
    if (kept === 0) return;
    // A bridge's other port fits the frames itself.
    const fitting =
      this.#bridge === undefined ? fitReceived(frames, this.features.taken, this.#onUnfit) : frames;
    if (fitting.length > 0) this.#handler?.(fitting);
  }

  /**
   * Counts a received frame. A bridge's port also learns its source. False: the frame goes no
   * further.
   */
  #isGood(frame: LinkFrame, nowMs: number): boolean {
    const counters = this.#counters;
    if (!this.#isWhole(frame)) {
      counters.rxCrcErrors += 1;
      if (!this.features.takesAll) return false;
    }
    counters.rxFrames += 1;
    counters.rxOctets += frame.frame.byteLength + tailOctets(frame.tail);
    return this.#bridge === undefined || leavesWire(frame.frame, this.#bridge, nowMs);
  }

  readonly #onUnfit = () => {
    this.#counters.rxDropped += 1;
  };

  send(frames: LinkFrame[]): void {
    this.impairmentOut.handle(frames);
  }

  #isWhole(frame: LinkFrame): boolean {
    if (this.#fcs === false || (this.#fcs === undefined && frame.fcs === undefined)) return true;
    return frame.fcs === fcsOf(frame);
  }

  #publish(frames: LinkFrame[]): void {
    if (this.#isClosed) return;
    const counters = this.#counters;
    if (this.#bus.status !== 'connected') {
      // The bus would drop them too, but could not count them for this interface.
      counters.txDropped += frames.length;
      return;
    }
    for (const one of frames) {
      counters.txFrames += 1;
      counters.txOctets += one.frame.byteLength + tailOctets(one.tail);
      if (this.#fcs === true) one.fcs ??= fcsOf(one);
      one.sourcePort = this.#port;
    }
    this.#bus.publish(this.#channel, frames as WireFrame[]);
  }

  counters(): DeviceCounters {
    const { dropped = 0, malformed = 0 } = this.#subscription?.counters() ?? {};
    const rxDropped = this.#counters.rxDropped + dropped;
    return { ...this.#counters, rxDropped, rxMalformed: malformed };
  }

  close(): void {
    this.#isClosed = true;
    this.#subscription?.close();
    this.impairmentIn.close();
    this.impairmentOut.close();
  }
}

/** Learns the frame's source. Returns whether the bridge forwards the frame (IEEE 802.1D 7.7). */
function leavesWire(frame: Uint8Array, stations: WireStations, nowMs: number): boolean {
  if (frame.byteLength < ETHERNET_HEADER_OCTETS) return false;
  stations.learn(readUint48(frame, 6), nowMs);
  const destination = readUint48(frame, 0);
  return isGroupMac(destination) || !stations.has(destination, nowMs);
}

function fcsOf({ frame, tail }: LinkFrame): number {
  let fcs = crc32(frame);
  for (const part of tail ?? []) fcs = crc32(part, fcs);
  return fcs;
}

function keyOfStation(mac: MacAddress): string {
  return formatMac(mac).replaceAll(':', '');
}

function stationOfKey(key: string): MacAddress {
  return Number.parseInt(key, 16);
}
