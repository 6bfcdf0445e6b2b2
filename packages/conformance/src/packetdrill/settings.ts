import { type IpAddress, ipv4Bits, parseIpv4 } from '@strata/wire';
import { ScriptSyntaxError, ScriptUnsupportedError } from './language/errors.ts';
import type { ScriptOption } from './language/script.ts';

/**
 * Settings from the `--name=value` lines of a script and from the caller. Names and defaults are
 * packetdrill's.
 */
export interface Settings {
  readonly localAddress: IpAddress;
  readonly remoteAddress: IpAddress;
  readonly prefixLength: number;
  /** Local port of `bind(…, ...)`. */
  readonly bindPort: number;
  /** Remote port of `connect(…, ...)`. */
  readonly connectPort: number;
  readonly mtuOctets: number;
  /**
   * An injected segment with more octets becomes a super-segment of segments of this size, as by a
   * device's receive offload.
   */
  readonly mssOctets: number;
  /**
   * Tolerance for the time of an event; `tolerancePercent` is relative to the time since the
   * previous event.
   */
  readonly toleranceUs: number;
  readonly tolerancePercent: number;
  /** Microseconds per tick of the timestamp clock; 0: timestamp values are not compared. */
  readonly timestampTickUs: number;
  /** Whether an echoed timestamp that was never sent is computed from the first one. */
  readonly timestampEchoScaled: boolean;
  /**
   * Whether segment boundaries must match the script. Otherwise contiguous segments count as one.
   */
  readonly strictSegments: boolean;
}

const DEFAULTS: Settings = {
  localAddress: parseIpv4('192.168.0.1')!,
  remoteAddress: parseIpv4('192.0.2.1')!,
  prefixLength: 16,
  bindPort: 8080,
  connectPort: 8080,
  mtuOctets: 1500,
  mssOctets: 0xffff,
  toleranceUs: 4000,
  tolerancePercent: 12.5,
  timestampTickUs: 0,
  timestampEchoScaled: false,
  strictSegments: false,
};

/**
 * @throws ScriptSyntaxError for a bad value, ScriptUnsupportedError for an option that is not
 * supported
 */
export function settingsOf(options: readonly ScriptOption[]): Settings {
  const settings: Settings = { ...DEFAULTS };
  for (const option of options) Object.assign(settings, read(option));
  return settings;
}

function read(option: ScriptOption): Partial<Settings> {
  switch (option.name) {
    case 'local_ip':
      return { localAddress: address(option) };
    case 'remote_ip':
      return { remoteAddress: address(option) };
    case 'netmask_ip':
      return { prefixLength: 32 - Math.log2(0x100000000 - ipv4Bits(address(option))) };
    case 'bind_port':
      return { bindPort: number(option, 1, 65535) };
    case 'connect_port':
      return { connectPort: number(option, 1, 65535) };
    case 'mtu':
      return { mtuOctets: number(option, 68, 65535) };
    case 'mss':
      return { mssOctets: number(option, 1, 0xffff) };
    case 'tolerance_usecs':
      return { toleranceUs: number(option, 1, 1e12) };
    case 'tolerance_percent':
      return { tolerancePercent: number(option, 0, 100) };
    case 'tcp_ts_tick_usecs':
      return { timestampTickUs: number(option, 0, 1e6) };
    case 'tcp_ts_ecr_scaled':
      return { timestampEchoScaled: true };
    case 'strict_segments':
      return { strictSegments: true };
    case 'ip_version':
      if (option.value === 'ipv4') return {};
      throw new ScriptUnsupportedError(option.line, `IPv6 (--ip_version=${option.value})`);
    // Options about the device, the interpreter of assertions, and printing have no meaning here.
    case 'define':
    case 'D':
    case 'gateway_ip':
    case 'speed':
    case 'code_command':
    case 'code_format':
    case 'code_sockopt':
    case 'init_scripts':
    case 'send_omit_free':
    case 'non_fatal':
    case 'verbose':
    case 'debug':
    case 'dry_run':
      return {};
    default:
      throw new ScriptUnsupportedError(option.line, `the option --${option.name}`);
  }
}

function address({ name, value, line }: ScriptOption): IpAddress {
  const parsed = parseIpv4(value);
  if (parsed !== undefined) return parsed;
  if (value.includes(':')) throw new ScriptUnsupportedError(line, `IPv6 (--${name}=${value})`);
  throw new ScriptSyntaxError(line, `--${name}: not an address: ${value}`);
}

function number({ name, value, line }: ScriptOption, least: number, most: number): number {
  const parsed = Number(value);
  if (value !== '' && parsed >= least && parsed <= most) return parsed;
  throw new ScriptSyntaxError(line, `--${name}: not a number from ${least} to ${most}: ${value}`);
}
