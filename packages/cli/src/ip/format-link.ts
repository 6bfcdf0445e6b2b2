import type { IpOptions } from './ip-options.ts';
import type { Paint } from './paint.ts';
import type { ApiInterface } from './stack.ts';

const BROADCAST = 'ff:ff:ff:ff:ff:ff';

/** The flags of an interface, in iproute2's order. A device that is up has a carrier. */
export function flagsOf({ kind, up, noArp }: ApiInterface): string[] {
  return [
    ...(kind === 'loopback' ? ['LOOPBACK'] : ['BROADCAST', 'MULTICAST']),
    ...(noArp ? ['NOARP'] : []),
    ...(up ? ['UP', 'LOWER_UP'] : []),
  ];
}

export function stateOf({ kind, up }: ApiInterface): 'UNKNOWN' | 'UP' | 'DOWN' {
  if (!up) return 'DOWN';
  return kind === 'loopback' ? 'UNKNOWN' : 'UP';
}

function paintState(state: string, paint: Paint): string {
  if (state === 'UNKNOWN') return state;
  return paint(state === 'UP' ? 'up' : 'down', state);
}

function broadcastOf({ kind, mac }: ApiInterface): string {
  return kind === 'loopback' ? mac : BROADCAST;
}

/** The first line of an interface. `hasMode`: for `ip link`, not for `ip address`. */
export function linkLine(each: ApiInterface, hasMode: boolean, paint: Paint): string {
  const { index, name, mtu } = each;
  const mode = hasMode ? ' mode DEFAULT' : '';
  const state = paintState(stateOf(each), paint);
  const device = `${paint('interface', name)}: <${flagsOf(each).join(',')}>`;
  return `${index}: ${device} mtu ${mtu} qdisc noqueue state ${state}${mode} group default `;
}

/** The lines of `ip link show` for one interface, without a line's end behind the last. */
export function linkLines(each: ApiInterface, options: IpOptions, paint: Paint): string[] {
  const { kind, mac, maxMtu } = each;
  const type = kind === 'loopback' ? 'loopback' : 'ether';
  const broadcast = paint('mac', broadcastOf(each));
  const address = `    link/${type} ${paint('mac', mac)} brd ${broadcast}`;
  // What a stack does not have (bridges, queues, name generation) is left out.
  const details = options.details
    ? ` promiscuity 0  allmulti 0 minmtu ${kind === 'loopback' ? 0 : 68} maxmtu ${maxMtu} `
    : '';
  const hasCounters = options.statistics > 0 && kind !== 'loopback';
  const counters = hasCounters ? counterLines(each.counters, options.statistics > 1) : [];
  return [linkLine(each, true, paint), `${address}${details}`, ...counters];
}

/** `ip -br link`: a line of columns. */
export function briefLink(each: ApiInterface, paint: Paint): string {
  const mac = paint('mac', each.mac);
  return `${briefStart(each, paint)}${mac} <${flagsOf(each).join(',')}> `;
}

/** Name and state, the first two columns of brief lines. */
export function briefStart(each: ApiInterface, paint: Paint): string {
  const state = stateOf(each);
  const name = `${paint('interface', each.name)}${' '.repeat(Math.max(1, 17 - each.name.length))}`;
  return `${name}${paintState(state, paint)}${' '.repeat(15 - state.length)}`;
}

type Counters = Readonly<Record<string, number>>;

const RX = ['rx_bytes', 'rx_packets', 'rx_errors', 'rx_dropped', 'rx_missed_errors', 'multicast'];
const TX = ['tx_bytes', 'tx_packets', 'tx_errors', 'tx_dropped', 'tx_carrier_errors', 'collisions'];
const RX_ERRORS = [
  'rx_length_errors',
  'rx_crc_errors',
  'rx_frame_errors',
  'rx_fifo_errors',
  'rx_over_errors',
];
const TX_ERRORS = [
  'tx_aborted_errors',
  'tx_fifo_errors',
  'tx_window_errors',
  'tx_heartbeat_errors',
  'tx_carrier_changes',
];
const HEADS = {
  rx: ['bytes', 'packets', 'errors', 'dropped', 'missed', 'mcast'],
  tx: ['bytes', 'packets', 'errors', 'dropped', 'carrier', 'collsns'],
  rxErrors: ['length', 'crc', 'frame', 'fifo', 'overrun'],
  txErrors: ['aborted', 'fifo', 'window', 'heartbt', 'transns'],
};
/** The least widths of the columns: of iproute2's longest heads. */
const LEAST = [10, 7, 6, 7, 7, 7];

/** The tables of `-s`, and of `-s -s`. A counter that a stack does not have is 0. */
function counterLines(counters: Counters, hasErrors: boolean): string[] {
  const valuesOf = (names: readonly string[]) => names.map((name) => String(counters[name] ?? 0));
  const [rx, tx] = [valuesOf(RX), valuesOf(TX)];
  const [rxErrors, txErrors] = [valuesOf(RX_ERRORS), valuesOf(TX_ERRORS)];
  const tables = [
    rx,
    tx,
    ...(hasErrors
      ? [
          ['', ...rxErrors],
          ['', ...txErrors],
        ]
      : []),
  ];
  const widths = LEAST.map((least, at) =>
    Math.max(least, ...tables.map((table) => table[at]?.length ?? 0)),
  );
  const row = (cells: readonly string[]) =>
    cells.map((cell, at) => cell.padStart(widths[at]!)).join(' ');
  const head = (title: string, cells: readonly string[]) =>
    `    ${title}${row(cells).slice(title.length)} ${' '.repeat(10)}`;
  const errorHead = (title: string, cells: readonly string[]) =>
    `    ${title}${row(['', ...cells]).slice(title.length)}`;
  const main = (title: string, heads: readonly string[], values: readonly string[]) => [
    head(title, heads),
    `    ${row(values)} `,
  ];
  const errors = (title: string, heads: readonly string[], values: readonly string[]) =>
    hasErrors ? [errorHead(title, heads), `    ${row(['', ...values])} `] : [];
  return [
    ...main('RX:', HEADS.rx, rx),
    ...errors('RX errors:', HEADS.rxErrors, rxErrors),
    ...main('TX:', HEADS.tx, tx),
    ...errors('TX errors:', HEADS.txErrors, txErrors),
  ];
}

/** `ip -j link`. */
export function linkJson(each: ApiInterface, options: IpOptions): object {
  const { index, name, mtu, kind, mac, maxMtu, counters } = each;
  const flags = flagsOf(each);
  const start = { ifindex: index, ifname: name, flags };
  const state = stateOf(each);
  if (options.brief) return { ifname: name, operstate: state, address: mac, flags };
  const details = { promiscuity: 0, allmulti: 0, min_mtu: kind === 'loopback' ? 0 : 68 };
  return {
    ...start,
    mtu,
    qdisc: 'noqueue',
    operstate: state,
    linkmode: 'DEFAULT',
    group: 'default',
    link_type: kind === 'loopback' ? 'loopback' : 'ether',
    address: mac,
    broadcast: broadcastOf(each),
    ...(options.details ? { ...details, max_mtu: maxMtu } : {}),
    ...(options.statistics > 0 && kind !== 'loopback' ? { stats64: stats64(counters) } : {}),
  };
}

function stats64(counters: Counters): object {
  const of = (name: string) => counters[name] ?? 0;
  return {
    rx: {
      bytes: of('rx_bytes'),
      packets: of('rx_packets'),
      errors: of('rx_errors'),
      dropped: of('rx_dropped'),
      over_errors: of('rx_over_errors'),
      multicast: of('multicast'),
    },
    tx: {
      bytes: of('tx_bytes'),
      packets: of('tx_packets'),
      errors: of('tx_errors'),
      dropped: of('tx_dropped'),
      carrier_errors: of('tx_carrier_errors'),
      collisions: of('collisions'),
    },
  };
}
