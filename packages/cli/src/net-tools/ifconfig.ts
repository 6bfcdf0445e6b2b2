import { broadcastOf, formatIpv4, parseIpv4 } from '@strata/wire';
import { addressesOf } from '../ip/format-address.ts';
import { IpError } from '../ip/ip-error.ts';
import type { ApiInterface, AskedStack } from '../ip/stack.ts';
import { parsePrefix } from '../ip/words.ts';
import { maskOf } from './route-table.ts';

/** The bits of SIOCGIFFLAGS, in the order in which ifconfig names them. */
const FLAGS = [
  ['UP', 0x1],
  ['BROADCAST', 0x2],
  ['LOOPBACK', 0x8],
  ['RUNNING', 0x40],
  ['NOARP', 0x80],
  ['MULTICAST', 0x1000],
] as const;

function flagsOf({ kind, up, noArp }: ApiInterface): string {
  const has: Readonly<Record<string, boolean>> = {
    UP: up,
    BROADCAST: kind !== 'loopback',
    LOOPBACK: kind === 'loopback',
    RUNNING: up,
    NOARP: noArp,
    MULTICAST: kind !== 'loopback',
  };
  const set = FLAGS.filter(([name]) => has[name]);
  const sum = set.reduce((all, [, bit]) => all + bit, 0);
  return `${sum}<${set.map(([name]) => name).join(',')}>`;
}

/**
 * The interfaces of `ifconfig`, loopback last, as net-tools sorts them. Further addresses of an
 * interface are not shown, as there; `strata ip address` shows them.
 */
export function formatIfconfig(interfaces: readonly ApiInterface[]): string {
  return interfaces.map((each) => `${formatOne(each)}\n\n`).join('');
}

function formatOne(each: ApiInterface): string {
  const { kind, name, mtu, mac, counters } = each;
  const isLoopback = kind === 'loopback';
  const [first] = addressesOf(each);
  const of = (counter: string) => counters[counter] ?? 0;
  const broadcast = first?.broadcast === undefined ? '' : `  broadcast ${first.broadcast}`;
  const lines = [
    `${name}: flags=${flagsOf(each)}  mtu ${mtu}`,
    ...(first === undefined
      ? []
      : [`        inet ${first.local}  netmask ${maskOf(first.prefixLength)}${broadcast}`]),
    isLoopback ? '        loop  (Local Loopback)' : `        ether ${mac}  (Ethernet)`,
  ];
  // Network does not count what goes by loopback.
  if (isLoopback) return lines.join('\n');
  const [rx, tx] = [of('rx_bytes'), of('tx_bytes')];
  return [
    ...lines,
    `        RX packets ${of('rx_packets')}  bytes ${rx} (${humanOctets(rx)})`,
    `        RX errors ${of('rx_errors')}  dropped ${of('rx_dropped')}  overruns ${of('rx_over_errors')}  frame ${of('rx_frame_errors')}`,
    `        TX packets ${of('tx_packets')}  bytes ${tx} (${humanOctets(tx)})`,
    `        TX errors ${of('tx_errors')}  dropped ${of('tx_dropped')} overruns 0  carrier ${of('tx_carrier_errors')}  collisions ${of('collisions')}`,
  ].join('\n');
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `2404` is `2.3 KiB`. Digits behind the first are cut, as ifconfig does. */
export function humanOctets(octets: number): string {
  const at = octets === 0 ? 0 : Math.min(5, Math.floor(Math.log2(octets) / 10));
  return `${(Math.floor((octets * 10) / 1024 ** at) / 10).toFixed(1)} ${UNITS[at]}`;
}

/** `netstat -i`, and `ifconfig -s` with another head. */
export function formatInterfaceTable(interfaces: readonly ApiInterface[], head: string): string {
  const lines = interfaces.map(({ name, mtu, counters, kind, up, noArp }) => {
    const of = (counter: string) => counters[counter] ?? 0;
    const flags = `${kind === 'loopback' ? 'L' : 'BM'}${noArp ? 'O' : ''}${up ? 'RU' : ''}`;
    const rx = [of('rx_packets'), of('rx_errors'), of('rx_dropped')];
    const tx = [of('tx_packets'), of('tx_errors'), of('tx_dropped')];
    const counts = (values: readonly number[]) =>
      values.map((value, at) => String(value).padStart(at === 0 ? 8 : 6)).join(' ');
    return `${name.padEnd(15)} ${String(mtu).padStart(5)} ${counts(rx)} ${String(of('rx_over_errors')).padEnd(6)} ${counts(tx)} ${'0'.padStart(6)} ${flags}`;
  });
  return `${[head, ...lines].join('\n')}\n`;
}

/** Carries out the words behind an interface's name: up, down, mtu N, an address, netmask M. */
export async function configure(
  stack: AskedStack,
  each: ApiInterface,
  words: readonly string[],
): Promise<void> {
  const changes: { up?: boolean; mtu?: number } = {};
  let address: string | undefined;
  let length: number | undefined;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]!;
    const value = () => {
      at += 1;
      const next = words[at];
      if (next === undefined) throw new IpError(`ifconfig: ${word} needs a value`, 1);
      return next;
    };
    if (word === 'up' || word === 'down') changes.up = word === 'up';
    else if (word === 'mtu') changes.mtu = numberOf(value());
    else if (word === 'netmask') length = parsePrefix(`0.0.0.0/${value()}`).prefixLength;
    else if (word === 'broadcast') checkBroadcast(value(), address, length);
    else if (address === undefined && parseIpv4(word.split('/')[0]!) !== undefined) {
      address = word;
    } else throw new IpError(`${word}: Unknown host`, 1);
  }
  if (address !== undefined) await setAddress(stack, each, address, length);
  // An address brings the interface up, as ifconfig does.
  const isUp = address === undefined || changes.up !== undefined ? {} : { up: true };
  const all = { ...isUp, ...changes };
  if (Object.keys(all).length > 0) {
    await stack.put('/api/interfaces', { interface: each.name }, all);
  }
}

function numberOf(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new IpError(`ifconfig: ${text} is not a number`, 1);
}

/** ifconfig replaces the first address. Without a mask its length is that of its class. */
async function setAddress(
  stack: AskedStack,
  { name, addresses }: ApiInterface,
  text: string,
  length: number | undefined,
): Promise<void> {
  const { prefixLength, hasLength } = parsePrefix(text);
  const local = text.split('/')[0]!;
  const first = Number(local.split('.')[0]);
  const classLength = first < 128 ? 8 : first < 192 ? 16 : 24;
  const wanted = `${local}/${length ?? (hasLength ? prefixLength : classLength)}`;
  if (addresses[0] === wanted) return;
  const query = { interface: name };
  if (addresses[0] !== undefined) {
    await stack.post('/api/addresses', query, { action: 'delete', address: addresses[0] });
  }
  if (local !== '0.0.0.0') {
    await stack.post('/api/addresses', query, { action: 'add', address: wanted });
  }
}

function checkBroadcast(
  text: string,
  address: string | undefined,
  length: number | undefined,
): void {
  const own = address === undefined ? undefined : parseIpv4(address.split('/')[0]!);
  const prefixLength = length ?? Number(address?.split('/')[1] ?? 24);
  if (own === undefined || formatIpv4(broadcastOf(own, prefixLength)) === text) return;
  throw new IpError(`ifconfig: ${text} is not the broadcast address of ${address}`, 1);
}
