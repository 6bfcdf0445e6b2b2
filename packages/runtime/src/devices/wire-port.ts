import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Bus, Subscription } from '@strata/bus';
import { type Channel, WIRE_KEY_ALL, type WireFrame, wireChannel } from '@strata/contract';
import type { LinkFrame } from '@strata/link';
import { formatMac, type MacAddress } from '@strata/wire';
import type { Clock } from '../clock.ts';
import type { ImpairmentConfig } from '../config/schema.ts';
import type { Logger } from '../log.ts';
import {
  type DeviceCounters,
  type FrameDevice,
  type MutableDeviceCounters,
  zeroDeviceCounters,
} from './device.ts';
import { ImpairedPath } from './impaired-path.ts';

export interface WirePortOptions {
  readonly bus: Bus;
  /** Name of the virtual wire. */
  readonly wire: string;
  /** Name of the interface that the port is for. */
  readonly name: string;
  /** Number of the interface in its stack; goes into the frames that come. */
  readonly interfaceIndex: number;
  /** The station's address: the port hears frames to it, and to all. */
  readonly mac: MacAddress;
  readonly mtu: number;
  readonly offload: boolean;
  /** Whether frames carry a frame check sequence. */
  readonly fcs: boolean;
  /** Frames that wait for the handler at most. Default 1,000 (`netdev_max_backlog`). */
  readonly backlogFrames?: number | undefined;
  readonly impairmentIn?: ImpairmentConfig | undefined;
  readonly impairmentOut?: ImpairmentConfig | undefined;
  readonly log: Logger;
  readonly clock?: Clock | undefined;
}

/** An interface's port on a virtual wire: an Ethernet segment on the bus (proto/strata/v1/wire.proto). */
export class WirePort implements FrameDevice {
  readonly kind = 'wire';
  readonly isPresent = true;
  readonly name: string;
  readonly mtu: number;
  readonly offload: boolean;
  readonly impairmentIn: ImpairedPath;
  readonly impairmentOut: ImpairedPath;
  readonly #bus: Bus;
  readonly #channel: Channel<WireFrame>;
  readonly #port = `p${randomBytes(8).toString('hex')}`;
  readonly #interfaceIndex: number;
  readonly #backlogFrames: number;
  readonly #fcs: boolean;
  readonly #counters: MutableDeviceCounters = zeroDeviceCounters();
  readonly #stations = new Set<MacAddress>();
  #subscriptions: Subscription[] = [];
  #handler: ((frames: LinkFrame[]) => void) | undefined;
  #isClosed = false;

  constructor(options: WirePortOptions) {
    this.name = options.name;
    this.mtu = options.mtu;
    this.offload = options.offload;
    this.#bus = options.bus;
    this.#channel = wireChannel(options.wire);
    this.#interfaceIndex = options.interfaceIndex;
    this.#backlogFrames = options.backlogFrames ?? 1000;
    this.#fcs = options.fcs;
    this.#stations.add(options.mac);
    const { log, clock } = options;
    this.impairmentIn = new ImpairedPath({
      name: `${options.name} in`,
      deliver: (frames) => this.#receive(frames),
      settings: options.impairmentIn,
      log,
      clock,
    });
    this.impairmentOut = new ImpairedPath({
      name: `${options.name} out`,
      deliver: (frames) => this.#publish(frames),
      settings: options.impairmentOut,
      log,
      clock,
    });
  }

  onFrames(handler: (frames: LinkFrame[]) => void): void {
    const isFirst = this.#handler === undefined;
    this.#handler = handler;
    if (isFirst) this.#subscribe([...[...this.#stations].map(keyOfStation), WIRE_KEY_ALL]);
  }

  /** Hears frames to another station too: one that is reached through this port, as behind a bridge. */
  hear(mac: MacAddress): void {
    if (this.#stations.has(mac)) return;
    this.#stations.add(mac);
    if (this.#handler !== undefined) this.#subscribe([keyOfStation(mac)]);
  }

  #subscribe(keys: string[]): void {
    const options = { keys, maxPendingPdus: this.#backlogFrames };
    this.#subscriptions.push(
      this.#bus.subscribe(this.#channel, (batch) => this.#arrive(batch), options),
    );
  }

  #arrive(batch: WireFrame[]): void {
    const frames: LinkFrame[] = [];
    for (const pdu of batch) {
      if (pdu.sourcePort === this.#port) continue;
      frames.push({
        interfaceIndex: this.#interfaceIndex,
        frame: pdu.frame,
        headroomOctets: 0,
        segmentSize: pdu.segmentSize,
        checksum: pdu.checksum,
        trace: pdu.trace,
        fcs: pdu.fcs,
      });
    }
    if (frames.length > 0) this.impairmentIn.handle(frames);
  }

  #receive(frames: LinkFrame[]): void {
    if (this.#isClosed) return;
    const counters = this.#counters;
    const good: LinkFrame[] = [];
    for (const frame of frames) {
      if (this.#fcs && frame.fcs !== crc32(frame.frame)) {
        counters.rxCrcErrors += 1;
        continue;
      }
      counters.rxFrames += 1;
      counters.rxOctets += frame.frame.byteLength;
      good.push(frame);
    }
    if (good.length > 0) this.#handler?.(good);
  }

  send(frames: LinkFrame[]): void {
    if (!this.#fcs) {
      this.impairmentOut.handle(frames.slice());
      return;
    }
    // The sequence is made before anything goes wrong, so that the receiver finds out.
    this.impairmentOut.handle(frames.map((frame) => ({ ...frame, fcs: crc32(frame.frame) })));
  }

  #publish(frames: LinkFrame[]): void {
    if (this.#isClosed) return;
    const counters = this.#counters;
    const pdus: WireFrame[] = frames.map(({ segmentSize, checksum, trace, fcs, frame }) => {
      counters.txFrames += 1;
      counters.txOctets += frame.byteLength;
      return { sourcePort: this.#port, segmentSize, checksum, trace, fcs, frame };
    });
    this.#bus.publish(this.#channel, pdus);
  }

  counters(): DeviceCounters {
    const dropped = this.#subscriptions.map((it) => it.counters().dropped);
    return { ...this.#counters, rxDropped: dropped.reduce((sum, it) => sum + it, 0) };
  }

  close(): void {
    this.#isClosed = true;
    for (const subscription of this.#subscriptions) subscription.close();
    this.#subscriptions = [];
    this.impairmentIn.close();
    this.impairmentOut.close();
  }
}

function keyOfStation(mac: MacAddress): string {
  return formatMac(mac).replaceAll(':', '');
}
