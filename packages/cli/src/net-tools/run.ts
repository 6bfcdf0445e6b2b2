import { setTimeout as sleep } from 'node:timers/promises';
import type { ConsoleApi } from '../console-api.ts';
import { IpError } from '../ip/ip-error.ts';
import { AskedStack } from '../ip/stack.ts';
import { parseAddress } from '../ip/words.ts';
import { type CountersByLayer, flatten } from '../nstat/counters.ts';
import { print } from '../run.ts';
import type { ApiSocket } from '../ss/socket.ts';
import { withSignals } from '../tools/with-signals.ts';
import { arpEntries, deleteArp, formatArpLines, formatArpTable, setArp } from './arp.ts';
import { configure, formatIfconfig, formatInterfaceTable } from './ifconfig.ts';
import { formatNetstatRoute, formatRoute, routeRows } from './route-table.ts';
import { formatSockets, isShown } from './sockets.ts';
import { formatStatistics } from './statistics.ts';

interface Common {
  readonly stack?: string;
  readonly json?: boolean;
}

const toJson = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

async function asked(api: ConsoleApi, { stack }: Common): Promise<AskedStack> {
  return new AskedStack(api, await api.stackOr(stack));
}

export interface RouteOptions extends Common {
  readonly numeric?: boolean;
}

/** `strata route`. */
export async function runRoute(api: ConsoleApi, options: RouteOptions): Promise<string> {
  const rows = await routeRows(await asked(api, options), options.numeric ?? false);
  return options.json ? toJson(rows) : formatRoute(rows);
}

export interface ArpOptions extends Common {
  readonly all?: boolean;
  readonly delete?: string;
  readonly set?: string;
  readonly device?: string;
}

/** `strata arp`. */
export async function runArp(
  api: ConsoleApi,
  words: readonly string[],
  options: ArpOptions,
): Promise<string> {
  const stack = await asked(api, options);
  const { device } = options;
  if (options.set !== undefined) {
    const [mac, kind] = words;
    if (mac === undefined) throw new IpError('arp: need hardware address', 255);
    parseAddress(options.set);
    await setArp(stack, options.set, mac, device, kind === 'temp');
    return '';
  }
  if (options.delete !== undefined) {
    await deleteArp(stack, options.delete, device);
    return '';
  }
  const [host] = words;
  const entries = await arpEntries(stack, device, host);
  if (options.json) return toJson(entries);
  if (host !== undefined && entries.length === 0) {
    throw new IpError(`${host} (${host}) -- no entry`, 1);
  }
  return options.all ? formatArpLines(entries) : formatArpTable(entries);
}

export interface IfconfigOptions extends Common {
  readonly all?: boolean;
  readonly short?: boolean;
}

/** `strata ifconfig`. */
export async function runIfconfig(
  api: ConsoleApi,
  words: readonly string[],
  options: IfconfigOptions,
): Promise<string> {
  const stack = await asked(api, options);
  const [name, ...changes] = words;
  const interfaces = [...(await stack.interfaces())].sort((a, b) => (a.name < b.name ? -1 : 1));
  if (name === undefined) {
    const shown = interfaces.filter(({ up }) => up || options.all);
    if (options.json) return toJson(shown);
    return options.short ? formatInterfaceTable(shown, SHORT_HEAD) : formatIfconfig(shown);
  }
  const one = interfaces.find((each) => each.name === name);
  if (one === undefined) {
    throw new IpError(`${name}: error fetching interface information: Device not found`, 1);
  }
  if (changes.length === 0) return options.json ? toJson(one) : formatIfconfig([one]);
  await configure(stack, one, changes);
  return '';
}

const COLUMNS = 'MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg';
const SHORT_HEAD = `Iface      ${COLUMNS}`;
const HEAD = `Kernel Interface table\nIface             ${COLUMNS}`;

export interface NetstatOptions extends Common {
  readonly tcp?: boolean;
  readonly udp?: boolean;
  readonly listening?: boolean;
  readonly all?: boolean;
  readonly programs?: boolean;
  readonly route?: boolean;
  readonly interfaces?: boolean;
  readonly statistics?: boolean;
  readonly numeric?: boolean;
  readonly continuous?: boolean;
}

/** `strata netstat`. With -c it prints each second until a signal, and gives nothing to print. */
export async function runNetstat(api: ConsoleApi, options: NetstatOptions): Promise<string> {
  if (!options.continuous) return netstat(api, options);
  process.exitCode = await withSignals(async (signal) => {
    while (!signal.aborted && process.stdout.writable) {
      await print(await netstat(api, options));
      await sleep(1000, undefined, { signal }).catch(() => undefined);
    }
    return 0;
  });
  return '';
}

async function netstat(api: ConsoleApi, options: NetstatOptions): Promise<string> {
  const stack = await asked(api, options);
  if (options.route) {
    const rows = await routeRows(stack, options.numeric ?? false);
    return options.json ? toJson(rows) : formatNetstatRoute(rows);
  }
  if (options.interfaces) {
    const shown = (await stack.interfaces()).filter(({ up }) => up || options.all);
    return options.json ? toJson(shown) : formatInterfaceTable(shown, HEAD);
  }
  const name = await api.stackOr(options.stack);
  const { tcp = false, udp = false, listening = false, all = false } = options;
  if (options.statistics) {
    const query = { stack: name };
    const answer = await api.get<Record<string, CountersByLayer>>('/api/counters', query);
    const counters = flatten(answer[name] ?? {});
    if (options.json) return toJson(Object.fromEntries(counters));
    return formatStatistics(counters, { tcp, udp });
  }
  const answer = await api.get<Record<string, ApiSocket[]>>('/api/sockets', { stack: name });
  const choice = { tcp, udp, listening, all };
  const shown = (answer[name] ?? []).filter((socket) => isShown(choice, socket));
  // As the kernel lists them: TCP, its listeners first, then UDP.
  const rank = ({ protocol, state }: ApiSocket) =>
    (protocol === 'tcp' ? 0 : 2) + (state === 'LISTEN' ? 0 : 1);
  shown.sort((one, other) => rank(one) - rank(other));
  return options.json ? toJson(shown) : formatSockets(shown, choice, options.programs ?? false);
}
