/** The knobs of all layers under their Linux names, with the range of each. */
import { z } from 'zod';

/** A knob's value: a number, several (`tcp_rmem`), or a name (`tcp_congestion_control`). */
export type SysctlValue = number | string | readonly number[];

export type SysctlLayer = 'link' | 'network' | 'transport';

/** Raised where a knob is unknown or a value out of its range. */
export class SysctlError extends Error {
  override readonly name = 'SysctlError';
  readonly code: 'SYSCTL_UNKNOWN' | 'SYSCTL_RANGE';

  constructor(code: 'SYSCTL_UNKNOWN' | 'SYSCTL_RANGE', message: string) {
    super(message);
    this.code = code;
  }
}

interface Knob {
  readonly name: string;
  /** Layers that use it. */
  readonly layers: readonly SysctlLayer[];
  readonly least: number;
  readonly most: number;
  /** How many numbers it is; 0: a name. */
  readonly count: number;
}

const INT_MAX = 0x7fffffff;
const knob = (
  layers: SysctlLayer | readonly SysctlLayer[],
  name: string,
  least: number,
  most: number,
  count = 1,
): Knob => ({ name, layers: typeof layers === 'string' ? [layers] : layers, least, most, count });

// biome-ignore format: a table reads best with one row a line
const KNOBS: readonly Knob[] = [
  knob('link',      'net.core.netdev_max_backlog', 1, 1_000_000),
  knob('link',      'net.ipv4.conf.all.arp_accept', 0, 1),
  knob('link',      'net.ipv4.conf.all.arp_notify', 0, 1),
  knob('link',      'net.ipv4.neigh.default.base_reachable_time_ms', 1, 86_400_000),
  knob('link',      'net.ipv4.neigh.default.delay_first_probe_time', 0, 86_400),
  knob('link',      'net.ipv4.neigh.default.gc_stale_time', 0, 86_400),
  knob('link',      'net.ipv4.neigh.default.gc_thresh1', 0, INT_MAX),
  knob('link',      'net.ipv4.neigh.default.gc_thresh2', 0, INT_MAX),
  knob('link',      'net.ipv4.neigh.default.gc_thresh3', 1, INT_MAX),
  knob('link',      'net.ipv4.neigh.default.locktime', 0, 360_000),
  knob('link',      'net.ipv4.neigh.default.mcast_solicit', 0, 100),
  knob('link',      'net.ipv4.neigh.default.retrans_time_ms', 10, 3_600_000),
  knob('link',      'net.ipv4.neigh.default.ucast_solicit', 0, 100),
  knob('link',      'net.ipv4.neigh.default.unres_qlen_bytes', 0, INT_MAX),

  knob('network',   'net.ipv4.conf.all.accept_redirects', 0, 1),
  knob('network',   'net.ipv4.conf.all.drop_unicast_in_l2_multicast', 0, 1),
  knob('network',   'net.ipv4.icmp_echo_ignore_all', 0, 1),
  knob('network',   'net.ipv4.icmp_echo_ignore_broadcasts', 0, 1),
  knob('network',   'net.ipv4.icmp_msgs_burst', 0, INT_MAX),
  knob('network',   'net.ipv4.icmp_msgs_per_sec', 0, INT_MAX),
  knob('network',   'net.ipv4.icmp_ratelimit', 0, INT_MAX),
  knob('network',   'net.ipv4.icmp_ratemask', 0, 0xffffffff),
  knob(['network', 'transport'], 'net.ipv4.ip_default_ttl', 1, 255),
  // 1 follows with forwarding.
  knob('network',   'net.ipv4.ip_forward', 0, 0),
  knob(['network', 'transport'], 'net.ipv4.ip_no_pmtu_disc', 0, 2),
  knob('network',   'net.ipv4.ipfrag_high_thresh', 0, Number.MAX_SAFE_INTEGER),
  knob('network',   'net.ipv4.ipfrag_max_dist', 0, INT_MAX),
  knob('network',   'net.ipv4.ipfrag_time', 1, 2_147_483),
  knob(['network', 'transport'], 'net.ipv4.route.min_pmtu', 68, 65_535),
  knob('network',   'net.ipv4.route.mtu_expires', 1, 2_147_483),

  knob('transport', 'net.core.rmem_default', 2304, INT_MAX),
  knob('transport', 'net.core.somaxconn', 1, INT_MAX),
  knob('transport', 'net.ipv4.ip_local_port_range', 1, 65535, 2),
  knob('transport', 'net.ipv4.tcp_abort_on_overflow', 0, 1),
  knob('transport', 'net.ipv4.tcp_challenge_ack_limit', 0, INT_MAX),
  knob('transport', 'net.ipv4.tcp_congestion_control', 0, 0, 0),
  knob('transport', 'net.ipv4.tcp_fin_timeout', 1, 3600),
  knob('transport', 'net.ipv4.tcp_invalid_ratelimit', 0, INT_MAX),
  knob('transport', 'net.ipv4.tcp_max_syn_backlog', 1, INT_MAX),
  knob('transport', 'net.ipv4.tcp_max_tw_buckets', 0, INT_MAX),
  knob('transport', 'net.ipv4.tcp_moderate_rcvbuf', 0, 1),
  knob('transport', 'net.ipv4.tcp_reordering', 1, 300),
  knob('transport', 'net.ipv4.tcp_retries1', 0, 255),
  knob('transport', 'net.ipv4.tcp_retries2', 0, 255),
  knob('transport', 'net.ipv4.tcp_rfc1337', 0, 1),
  knob('transport', 'net.ipv4.tcp_rmem', 2304, INT_MAX, 3),
  knob('transport', 'net.ipv4.tcp_rto_max_ms', 1000, 120_000),
  knob('transport', 'net.ipv4.tcp_rto_min_us', 1000, 120_000_000),
  knob('transport', 'net.ipv4.tcp_sack', 0, 1),
  knob('transport', 'net.ipv4.tcp_syn_retries', 0, 127),
  knob('transport', 'net.ipv4.tcp_synack_retries', 0, 255),
  knob('transport', 'net.ipv4.tcp_timestamps', 0, 1),
  knob('transport', 'net.ipv4.tcp_timewait_len', 0, 3_600_000),
  knob('transport', 'net.ipv4.tcp_window_scaling', 0, 1),
  knob('transport', 'net.ipv4.tcp_wmem', 2304, INT_MAX, 3),
];

const BY_NAME = new Map(KNOBS.map((row) => [row.name, row]));

/** Names of the knobs of a layer, or of all, in order. */
export function sysctlNames(layer?: SysctlLayer): readonly string[] {
  const rows = layer === undefined ? KNOBS : KNOBS.filter(({ layers }) => layers.includes(layer));
  return rows.map(({ name }) => name).sort();
}

/** The name by which a layer's core calls a knob: what follows the last dot. */
export function sysctlKey(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/**
 * The value of knob `name` that `raw` says: a number, a list of numbers, or text as `sysctl -w` takes it (`4096 131072 6291456`).
 * Throws SysctlError where there is no such knob or the value is out of its range.
 */
export function parseSysctl(name: string, raw: unknown): SysctlValue {
  const row = BY_NAME.get(name);
  if (row === undefined) throw new SysctlError('SYSCTL_UNKNOWN', `there is no knob ${name}`);
  const value = readValue(row, raw);
  if (value === undefined) {
    throw new SysctlError('SYSCTL_RANGE', `should be ${wanted(row)}`);
  }
  return value;
}

function readValue({ count, least, most }: Knob, raw: unknown): SysctlValue | undefined {
  if (count === 0) return typeof raw === 'string' && /^[a-z0-9_-]+$/.test(raw) ? raw : undefined;
  const parts = Array.isArray(raw)
    ? raw
    : typeof raw === 'string'
      ? raw.trim().split(/\s+/)
      : [raw];
  const numbers = parts.map((part) =>
    typeof part === 'string' && /^\d+$/.test(part) ? Number(part) : part,
  );
  const fit = numbers.every((part) => Number.isInteger(part) && part >= least && part <= most);
  const rising = numbers.every((part, i) => i === 0 || numbers[i - 1] <= part);
  if (!fit || !rising || numbers.length !== count) return undefined;
  return count === 1 ? (numbers[0] as number) : (numbers as number[]);
}

function wanted({ count, least, most }: Knob): string {
  if (count === 0) return 'a name of small letters, digits, - or _';
  const range = `from ${least} to ${most}`;
  return count === 1
    ? `a whole number ${range}`
    : `${count} whole numbers ${range}, none smaller than the one before it`;
}

/** The `sysctl` section of a stack: names to values, all of them known and in range. */
export const sysctlField = z
  .record(z.string(), z.unknown(), { error: 'should be values by the names of knobs' })
  .transform((section, context) => {
    const values: Record<string, SysctlValue> = {};
    for (const [name, raw] of Object.entries(section)) {
      try {
        values[name] = parseSysctl(name, raw);
      } catch (error) {
        if (!(error instanceof SysctlError)) throw error;
        context.addIssue({ code: 'custom', path: [name], message: error.message });
      }
    }
    return values;
  })
  .prefault({});

/** What of a stack's sysctl section concerns a layer, under the core's own names. */
export function sysctlFor(
  layer: SysctlLayer,
  section: Readonly<Record<string, SysctlValue>>,
): Record<string, SysctlValue> {
  const own = Object.entries(section).filter(([name]) => BY_NAME.get(name)?.layers.includes(layer));
  return Object.fromEntries(own.map(([name, value]) => [sysctlKey(name), value]));
}
