import { isGroupMac, parseMac } from '@strata/wire';
import type { NativeAddress } from './addon.ts';
import { parseTapAddress } from './address.ts';
import { TapError } from './errors.ts';

/** How to open a TAP device. All options concern the host's end. */
export interface TapOptions {
  /**
   * Name of the interface, 1 to 15 characters without space, slash or colon. `%d` stands for the
   * first free number. A persistent TAP device of this name (`ip tuntap add`) is joined, and stays
   * when the device is closed. Default `strata%d`.
   */
  readonly name?: string;
  /**
   * Network namespace of the interface, as `ip netns` names it, made if missing. Default: the
   * namespace of this process.
   */
  readonly netns?: string;
  /** MAC address, `02:00:00:00:00:01`. Default: a random one, chosen by the kernel. */
  readonly mac?: string;
  /** Largest packet in octets, 68 to 65,521. Default 1500. */
  readonly mtu?: number;
  /** IPv4 addresses with prefix length, `192.0.2.1/24`. Default none. */
  readonly addresses?: readonly string[];
  /** Whether to set the interface up. Default true. */
  readonly up?: boolean;
  /** Queues, 1 to 256: the kernel spreads flows over them. Default 1. */
  readonly queues?: number;
  /**
   * Whether the kernel may send super-frames of up to 64 KiB and leave checksums to us (CSUM,
   * TSO4). Default false. Can be changed later.
   */
  readonly offload?: boolean;
  /**
   * Whether frames have a virtio-net header between the kernel and us. Offload in either direction
   * needs it. Default true.
   */
  readonly virtioHeader?: boolean;
  /** Maximum number of frames for one call of the handler, 1 to 1024. Default 64. */
  readonly batchFrames?: number;
  /**
   * Frames of each queue that wait in the kernel while nobody reads, 1 to 65,536. Beyond that the
   * kernel drops the newest; `rxDropped` counts them. Default 1000, like Linux's
   * `net.core.netdev_max_backlog`.
   */
  readonly backlogFrames?: number;
  /** Whether the interface has IPv6, with which it sends packets by itself. Default false. */
  readonly ipv6?: boolean;
}

/** The options with defaults filled in and ranges checked. */
export interface ResolvedTapOptions {
  readonly name: string;
  readonly netns: string | undefined;
  /** Undefined: the kernel's choice. */
  readonly mac: Uint8Array | undefined;
  /** Undefined: unchanged; 1500 on a new interface. */
  readonly mtu: number | undefined;
  readonly addresses: readonly NativeAddress[];
  readonly up: boolean;
  readonly queues: number;
  readonly offload: boolean;
  readonly virtioHeader: boolean;
  readonly batchFrames: number;
  readonly backlogFrames: number;
  readonly ipv6: boolean;
}

/** Smallest MTU of IPv4 (RFC 791 3.2) and largest of a TAP device. */
const MTU_RANGE = [68, 65521] as const;

/** Fills the defaults and checks the ranges. @throws {TapError} `TAP_INVALID_OPTION` */
export function resolveTapOptions(options: TapOptions): ResolvedTapOptions {
  const virtioHeader = options.virtioHeader ?? true;
  const offload = options.offload ?? false;
  if (offload && !virtioHeader)
    throw invalid('offload', offload, 'false where virtioHeader is false');
  return {
    name: checkName(options.name ?? 'strata%d'),
    netns: options.netns === undefined ? undefined : checkNetns(options.netns),
    mac: options.mac === undefined ? undefined : checkMac(options.mac),
    mtu: options.mtu === undefined ? undefined : checkMtu(options.mtu),
    addresses: (options.addresses ?? []).map((address, index) =>
      parseTapAddress(address, `addresses[${index}]`),
    ),
    up: options.up ?? true,
    queues: checkInteger('queues', options.queues ?? 1, 1, 256),
    offload,
    virtioHeader,
    batchFrames: checkInteger('batchFrames', options.batchFrames ?? 64, 1, 1024),
    backlogFrames: checkInteger('backlogFrames', options.backlogFrames ?? 1000, 1, 65536),
    ipv6: options.ipv6 ?? false,
  };
}

/** The octets of a unicast MAC address. @throws {TapError} `TAP_INVALID_OPTION` */
export function checkMac(mac: string): Uint8Array {
  const address = parseMac(mac);
  if (address === undefined || address === 0 || isGroupMac(address)) {
    throw invalid('mac', mac, 'the address of one station, such as 02:00:00:00:00:01');
  }
  return Uint8Array.from({ length: 6 }, (_, index) => Math.floor(address / 256 ** (5 - index)));
}

/** @throws {TapError} `TAP_INVALID_OPTION` */
export function checkMtu(mtu: number): number {
  return checkInteger('mtu', mtu, ...MTU_RANGE);
}

function checkInteger(field: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalid(field, value, `an integer from ${least} to ${most}`);
}

function checkName(name: string): string {
  const pattern = name.replace('%d', '0');
  if (/^[\x21-\x7e]{1,15}$/.test(pattern) && name.length <= 15 && !/[/:%]|^\.{1,2}$/.test(pattern))
    return name;
  throw invalid(
    'name',
    name,
    '1 to 15 characters without space, slash, colon and percent sign, except one %d',
  );
}

function checkNetns(netns: string): string {
  if (/^[^/\0]{1,200}$/.test(netns) && !/^\.{1,2}$/.test(netns) && Buffer.byteLength(netns) <= 200)
    return netns;
  throw invalid('netns', netns, 'a file name of 1 to 200 octets without slash');
}

function invalid(field: string, value: unknown, expected: string): TapError {
  return new TapError(
    'TAP_INVALID_OPTION',
    `${field} is ${JSON.stringify(value)}: expected ${expected}`,
  );
}
