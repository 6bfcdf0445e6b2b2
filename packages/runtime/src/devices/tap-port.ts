import type { LinkFrame } from '@strata/link';
import { type Addon, openTap, type TapDevice, TapError, type TapOptions } from '@strata/tap';
import {
  type ChecksumState,
  ETHERNET_HEADER_OCTETS,
  Fifo,
  formatIpv4,
  formatMac,
  type MacAddress,
  PROTOCOL_UDP,
  parseMac,
} from '@strata/wire';
import type { Clock } from '../clock.ts';
import type { ImpairmentConfig, TapConfig } from '../config/schema.ts';
import type { Logger } from '../log.ts';
import type { DeviceCounters, FrameDevice } from './device.ts';
import { DeviceFeatures } from './features.ts';
import { fitFrames, fitReceived } from './fit-frames.ts';
import { formatRoute, overlappingRoute, readHostRoutes } from './host-routes.ts';
import { ImpairedPath } from './impaired-path.ts';

/** Most frames that wait in the kernel: as many as a queue of the bus holds. */
const BACKLOG_FRAMES = 16_384;
/**
 * Most octets of kernel memory that they take. The kernel's own limit, txqueuelen, counts frames:
 * it treats a frame of 66 octets like one of 64 KiB.
 */
const BACKLOG_OCTETS = 64 * 2 ** 20;
/** The longest txqueuelen of the driver. */
const MAX_BACKLOG_FRAMES = 65_536;
/** Octets of Linux's sk_buff, and of the skb_shared_info after the data. */
const SK_BUFF_OCTETS = 256;
const SHARED_INFO_OCTETS = 320;

/**
 * Most frames that wait for the kernel, as Linux's default txqueuelen. In practice the kernel takes
 * all frames at once.
 */
const TRANSMIT_QUEUE_FRAMES = 1000;

export interface TapPortOptions {
  readonly tap: TapConfig;
  /** The device's place in the config, for messages: `wires.lan.tap`. */
  readonly field: string;
  /** Name of the port's interface. Default: the name of the TAP. */
  readonly name?: string | undefined;
  readonly interfaceIndex: number;
  /**
   * Most frames that wait in the kernel while nobody reads (`netdev_max_backlog`). The limit is
   * lower if that many of the largest frames would take more than 64 MiB. Default 16,384.
   */
  readonly backlogFrames?: number | undefined;
  /**
   * False: super-segments and partial checksums never cross the device, whatever its switches are.
   * Default true.
   */
  readonly mayOffload?: boolean | undefined;
  /** The native side of the device. Default: the kernel's. */
  readonly addon?: Addon | undefined;
  readonly impairmentIn?: ImpairmentConfig | undefined;
  readonly impairmentOut?: ImpairmentConfig | undefined;
  /**
   * The impairment of the wire that the device replaces: of what each station sends. So it is for
   * both directions, unless a direction has its own.
   */
  readonly wireImpairment?: ImpairmentConfig | undefined;
  readonly log: Logger;
  readonly clock?: Clock | undefined;
}

/**
 * Throws TapError if the host already has a route to the device's network: the device would take
 * the traffic of that route.
 */
function checkRoutes({ tap, field }: TapPortOptions): void {
  const { address, name, netns } = tap;
  if (address === undefined) return;
  const route = overlappingRoute(readHostRoutes(netns), address, name);
  if (route === undefined) return;
  const own = formatRoute({ network: address.address, prefixLength: address.prefixLength });
  const where = netns === undefined ? 'the host' : `network namespace ${netns}`;
  const there = formatRoute(route);
  const has =
    route.device === undefined
      ? `is ${there} itself`
      : `has a route to ${there} by ${route.device}`;
  throw new TapError(
    'TAP_ROUTE_IN_USE',
    `TAP device ${name} would take the traffic of ${where} to ${own}, which ${has}: choose another network (${field}.address), or a network namespace (--netns NAME)`,
  );
}

/** Opens the device. If its name is in use, the error says where to choose another name. */
function open({ field, addon }: TapPortOptions, options: TapOptions): TapDevice {
  try {
    return openTap(options, addon);
  } catch (error) {
    if (!(error instanceof TapError) || error.code !== 'TAP_NAME_IN_USE') throw error;
    const advice = `the name is ${field}.name of the config; --netns NAME puts the device into a network namespace`;
    const { code, errno, message } = error;
    throw new TapError(code, `${message}; ${advice}`, errno, { cause: error });
  }
}

/**
 * A TAP device. Frames that we send go to the host, and frames that the host sends are received.
 */
export class TapPort implements FrameDevice {
  readonly kind = 'tap';
  readonly name: string;
  readonly mtu: number;
  /**
   * We receive what the kernel transmits. So the kernel's ethtool shows our rx features as its tx
   * features.
   */
  readonly features: DeviceFeatures;
  readonly alias: string | undefined;
  readonly impairmentIn: ImpairedPath;
  readonly impairmentOut: ImpairedPath;
  readonly #device: TapDevice;
  readonly #interfaceIndex: number;
  readonly #log: Logger;
  readonly #waiting = new Fifo<LinkFrame>();
  readonly #onExit = () => this.#device.close();
  #handler: ((frames: LinkFrame[]) => void) | undefined;
  #retry: NodeJS.Immediate | undefined;
  #rxUnfit = 0;
  #txDropped = 0;
  #isClosed = false;
  #isRemoved = false;

  /** Opens the device. Throws TapError, and then leaves nothing behind. */
  constructor(options: TapPortOptions) {
    const { tap, log, clock } = options;
    checkRoutes(options);
    this.#device = open(options, {
      name: tap.name,
      mtu: tap.mtu,
      backlogFrames: boundedBacklog(tap, options.backlogFrames ?? BACKLOG_FRAMES),
      addresses:
        tap.address === undefined
          ? []
          : [`${formatIpv4(tap.address.address)}/${tap.address.prefixLength}`],
      ...(tap.netns === undefined ? {} : { netns: tap.netns }),
      ...(tap.mac === undefined ? {} : { mac: formatMac(tap.mac) }),
    });
    // A crash must leave neither the interface nor a namespace that was made for it.
    process.on('exit', this.#onExit);
    this.name = options.name ?? tap.name;
    this.alias = this.name === tap.name ? undefined : tap.name;
    this.mtu = tap.mtu;
    this.#interfaceIndex = options.interfaceIndex;
    this.#log = log;
    const mayOffload = options.mayOffload !== false && this.#grantsOffload(tap);
    this.features = new DeviceFeatures({
      offload: tap.offload,
      mayOffload,
      tellTaken: (taken) => this.#device.setOffload(taken),
    });
    this.#device.onRemoved(() => {
      this.#isRemoved = true;
      log.error({ tap: tap.name }, 'somebody has deleted the TAP interface');
    });
    this.impairmentIn = new ImpairedPath({
      name: `${this.name} in`,
      deliver: (frames) => this.#receive(frames),
      settings: options.impairmentIn,
      wireSettings: options.wireImpairment,
      log,
      clock,
    });
    this.impairmentOut = new ImpairedPath({
      name: `${this.name} out`,
      deliver: (frames) => this.#write(frames),
      settings: options.impairmentOut,
      wireSettings: options.wireImpairment,
      log,
      clock,
    });
  }

  /** MAC of the host's end. */
  get hostMac(): MacAddress {
    return parseMac(this.#device.mac) ?? 0;
  }

  /** The namespace of the host's end. Undefined: this process's namespace. */
  get netns(): string | undefined {
    return this.#device.netns;
  }

  /** False after somebody has deleted the interface. */
  get isPresent(): boolean {
    return !this.#isRemoved;
  }

  /**
   * Asks the kernel for offload if the config wants it. Returns false if the kernel refuses: then
   * offload is never asked for again.
   */
  #grantsOffload({ name, offload }: TapConfig): boolean {
    if (!offload) return true;
    try {
      this.#device.setOffload(true);
      return true;
    } catch (error) {
      this.#log.warn(
        { tap: name, err: error },
        'the kernel grants no offload: the device works without it, more slowly',
      );
      return false;
    }
  }

  onFrames(handler: (frames: LinkFrame[]) => void): void {
    this.#handler = handler;
    this.#device.onFrames((batch) => this.impairmentIn.handle(batch), this.#makeFrame);
  }

  readonly #makeFrame = (
    frame: Uint8Array,
    segmentSize: number,
    checksum: ChecksumState,
  ): LinkFrame => ({
    interfaceIndex: this.#interfaceIndex,
    frame,
    tail: undefined,
    // The memory before a frame holds other frames.
    headroomOctets: 0,
    segmentSize,
    checksum,
    trace: undefined,
    fcs: undefined,
    sourcePort: undefined,
  });

  /** Frames that the kernel queued before a switch changed are fitted here. */
  #receive(frames: LinkFrame[]): void {
    const fitting = fitReceived(frames, this.features.taken, this.#onRxUnfit);
    if (fitting.length > 0) this.#handler?.(fitting);
  }

  send(frames: LinkFrame[]): void {
    this.impairmentOut.handle(frames);
  }

  #write(batch: LinkFrame[]): void {
    if (this.#isClosed) return;
    const { sent } = this.features;
    const frames = fitFrames(this.#cutDatagrams(batch), sent, this.#onUnfit);
    const taken = this.#waiting.size > 0 ? 0 : this.#device.write(frames);
    for (let i = taken; i < frames.length; i++) {
      if (this.#waiting.size < TRANSMIT_QUEUE_FRAMES) this.#waiting.push(frames[i]!);
      else this.#txDropped += 1;
    }
    if (this.#waiting.size > 0) this.#retryLater();
  }

  readonly #onRxUnfit = () => {
    this.#rxUnfit += 1;
  };

  readonly #onUnfit = () => {
    this.#txDropped += 1;
  };

  /** Cuts up super-datagrams for a kernel that takes super-segments of TCP only. */
  #cutDatagrams(batch: LinkFrame[]): LinkFrame[] {
    return this.#device.datagramOffload || !batch.some(isSuperDatagram)
      ? batch
      : this.#withoutSuperDatagrams(batch);
  }

  #withoutSuperDatagrams(batch: readonly LinkFrame[]): LinkFrame[] {
    const takes = { ...this.features.sent, segmentation: false };
    return batch.flatMap((frame) =>
      isSuperDatagram(frame) ? fitFrames([frame], takes, this.#onUnfit) : frame,
    );
  }

  /**
   * The kernel did not take all frames; this is not expected to happen. Try again in the next turn.
   */
  #retryLater(): void {
    this.#retry ??= setImmediate(() => {
      this.#retry = undefined;
      if (this.#isClosed) return;
      const frames: LinkFrame[] = [];
      for (let it = this.#waiting.shift(); it; it = this.#waiting.shift()) frames.push(it);
      this.#write(frames);
    });
  }

  counters(): DeviceCounters {
    const counters = this.#device.counters();
    return {
      rxFrames: counters.rxFrames,
      rxOctets: counters.rxBytes,
      rxDropped: counters.rxDropped + this.#rxUnfit,
      rxCrcErrors: 0,
      rxMalformed: 0,
      txFrames: counters.txFrames,
      txOctets: counters.txBytes,
      txDropped: counters.txDropped + counters.txErrors + this.#txDropped,
    };
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#retry !== undefined) clearImmediate(this.#retry);
    this.impairmentIn.close();
    this.impairmentOut.close();
    process.off('exit', this.#onExit);
    try {
      this.#device.close();
    } catch (error) {
      this.#log.warn({ err: error }, 'could not close the TAP device');
    }
  }
}

/**
 * The wanted number of frames, or fewer: so many of the largest ordinary frames must fit into
 * BACKLOG_OCTETS. Super-segments are not counted with their size: the windows that we announce
 * limit them. Only the number limits super-datagrams: a smaller number would leave no room for a
 * burst of small frames, and only a host program that asks for them (UDP_SEGMENT) sends
 * super-datagrams.
 */
function boundedBacklog({ mtu }: TapConfig, frames: number): number {
  // kmalloc rounds sizes up to a power of two.
  const dataOctets = 2 ** Math.ceil(Math.log2(14 + mtu + SHARED_INFO_OCTETS));
  const room = Math.floor(BACKLOG_OCTETS / (dataOctets + SK_BUFF_OCTETS));
  return Math.min(frames, room, MAX_BACKLOG_FRAMES);
}

/** The kernel takes such frames since Linux 6.2. */
function isSuperDatagram({ frame, segmentSize }: LinkFrame): boolean {
  return segmentSize > 0 && frame[ETHERNET_HEADER_OCTETS + 9] === PROTOCOL_UDP;
}
