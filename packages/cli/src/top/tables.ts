import { stateName } from '../ss/socket.ts';
import type { Sample } from './sample.ts';

export const VIEWS = ['interfaces', 'connections', 'drops'] as const;
export type View = (typeof VIEWS)[number];

/** A table: its columns, and rows of texts and numbers. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

export type Cell = string | number;

export interface Column {
  readonly title: string;
  /** How a number is written. Default: as it is. */
  readonly unit?: 'bits' | 'octets' | 'rate' | 'ms';
}

/**
 * The table of a view, from two samples: rates are the growth per second. Without an earlier sample
 * they are 0.
 */
export function tableOf(view: View, now: Sample, before: Sample | undefined): Table {
  const seconds = before === undefined ? 0 : (now.atMs - before.atMs) / 1000;
  const rate = (value: number, old: number | undefined) =>
    seconds <= 0 || old === undefined ? 0 : Math.max(0, value - old) / seconds;
  switch (view) {
    case 'interfaces':
      return interfaceTable(now, before, rate);
    case 'connections':
      return connectionTable(now, before, rate);
    case 'drops':
      return dropTable(now, before, rate);
  }
}

type Rate = (value: number, old: number | undefined) => number;

const INTERFACE_COLUMNS: readonly Column[] = [
  { title: 'INTERFACE' },
  { title: 'STATE' },
  { title: 'RX bit/s', unit: 'bits' },
  { title: 'TX bit/s', unit: 'bits' },
  { title: 'RX frm/s', unit: 'rate' },
  { title: 'TX frm/s', unit: 'rate' },
  { title: 'RX total', unit: 'octets' },
  { title: 'TX total', unit: 'octets' },
  { title: 'DROPPED' },
  { title: 'ERRORS' },
];

function interfaceTable(now: Sample, before: Sample | undefined, rate: Rate): Table {
  const rows = now.interfaces.map(({ index, name, up, counters }) => {
    const old = before?.interfaces.find((each) => each.index === index)?.counters;
    const of = (counter: string) => counters[counter] ?? 0;
    const perSecond = (counter: string) => rate(of(counter), old?.[counter]);
    return [
      name,
      up ? 'UP' : 'DOWN',
      8 * perSecond('rx_bytes'),
      8 * perSecond('tx_bytes'),
      perSecond('rx_packets'),
      perSecond('tx_packets'),
      of('rx_bytes'),
      of('tx_bytes'),
      of('rx_dropped') + of('tx_dropped'),
      of('rx_errors') + of('tx_errors'),
    ];
  });
  return { columns: INTERFACE_COLUMNS, rows };
}

const CONNECTION_COLUMNS: readonly Column[] = [
  { title: 'LOCAL' },
  { title: 'REMOTE' },
  { title: 'STATE' },
  { title: 'RX bit/s', unit: 'bits' },
  { title: 'TX bit/s', unit: 'bits' },
  { title: 'RTT ms', unit: 'ms' },
  { title: 'CWND', unit: 'octets' },
  { title: 'FLIGHT', unit: 'octets' },
  { title: 'RETRANS' },
  { title: 'APPLICATION' },
];

function connectionTable(now: Sample, before: Sample | undefined, rate: Rate): Table {
  const old = new Map(before?.sockets.map((socket) => [socket.socket, socket.tcp]));
  const rows = now.sockets.flatMap(({ socket, local, remote, state, tcp, endpoint }) => {
    if (tcp === null) return [];
    const last = old.get(socket);
    return [
      [
        local,
        remote,
        stateName(state),
        8 * rate(tcp.receivedOctets, last?.receivedOctets),
        8 * rate(tcp.acknowledgedOctets, last?.acknowledgedOctets),
        tcp.srttMs,
        tcp.cwndOctets,
        tcp.inFlightOctets,
        tcp.retransmittedSegments,
        endpoint,
      ],
    ];
  });
  return { columns: CONNECTION_COLUMNS, rows };
}

const DROP_COLUMNS: readonly Column[] = [
  { title: 'COUNTER' },
  { title: 'PER SECOND', unit: 'rate' },
  { title: 'TOTAL' },
];

/** Names of counters of what was dropped, refused, lost or wrong. */
const DROPS =
  /drop|discard|fail|error|errs|lost|overflow|overlimit|prune|noroutes|noports|csum|noproto|unreach|refused|retrans|timeout/i;

function dropTable(now: Sample, before: Sample | undefined, rate: Rate): Table {
  const rows = [...now.counters]
    .filter(([name, value]) => value > 0 && DROPS.test(name))
    .map(([name, value]) => [name, rate(value, before?.counters.get(name)), value]);
  return { columns: DROP_COLUMNS, rows };
}

/** The rows by a column: numbers the largest first, texts from A; or the other way round. */
export function sorted({ columns, rows }: Table, column: number, isReversed: boolean): Table {
  const at = Math.min(column, columns.length - 1);
  const sign = isReversed ? -1 : 1;
  const order = (one: readonly Cell[], other: readonly Cell[]) => {
    const [a, b] = [one[at]!, other[at]!];
    if (typeof a === 'number' && typeof b === 'number') return sign * (b - a);
    return sign * (String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0);
  };
  return { columns, rows: [...rows].sort(order) };
}
