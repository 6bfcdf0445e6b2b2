import { screenOf, tableLines } from '../src/top/draw.ts';
import { firstShown, pressKey } from '../src/top/run.ts';
import type { Sample } from '../src/top/sample.ts';
import { sorted, tableOf } from '../src/top/tables.ts';

const INTERFACE = {
  index: 1,
  name: 'eth0',
  kind: 'wire' as const,
  mac: '02:00:00:00:00:02',
  mtu: 1500,
  up: true,
  addresses: [],
  noArp: false,
  maxMtu: 1500,
};

function sample(atMs: number, octets: number, drops: number): Sample {
  return {
    atMs,
    interfaces: [
      { ...INTERFACE, counters: { rx_bytes: octets, tx_bytes: 0, rx_dropped: drops } },
      { ...INTERFACE, index: 2, name: 'eth1', up: false, counters: { rx_bytes: 5, tx_bytes: 7 } },
    ],
    sockets: [],
    counters: new Map([
      ['IpInReceives', 1_000],
      ['IpInDiscards', drops],
      ['TcpExtTCPTimeouts', 3],
      ['UdpNoPorts', 0],
    ]),
  };
}

describe('The tables of strata top', () => {
  it('have rates from two samples, 0 without an earlier one', () => {
    const [before, now] = [sample(0, 1_000, 0), sample(2_000, 251_000, 4)];
    expect(tableOf('interfaces', now, before).rows[0]).toEqual([
      'eth0',
      'UP',
      1_000_000,
      0,
      0,
      0,
      251_000,
      0,
      4,
      0,
    ]);
    expect(tableOf('interfaces', now, undefined).rows[0]![2]).toBe(0);
  });

  it('show of the counters only drops that were, with their rate', () => {
    const rows = tableOf('drops', sample(2_000, 0, 4), sample(0, 0, 0)).rows;
    expect(rows).toEqual([
      ['IpInDiscards', 2, 4],
      ['TcpExtTCPTimeouts', 0, 3],
    ]);
  });

  it('are sorted: numbers the largest first, texts from A, or the other way round', () => {
    const table = tableOf('interfaces', sample(0, 1_000, 0), undefined);
    const names = (column: number, isReversed: boolean) =>
      sorted(table, column, isReversed).rows.map(([name]) => name);
    expect(names(0, false)).toEqual(['eth0', 'eth1']);
    expect(names(0, true)).toEqual(['eth1', 'eth0']);
    expect(names(7, false)).toEqual(['eth1', 'eth0']);
  });

  it('have numbers at the right of their column, and a mark at the one they are sorted by', () => {
    const lines = tableLines(tableOf('drops', sample(1_000, 0, 2), sample(0, 0, 0)), 1);
    expect(lines).toEqual([
      'COUNTER            PER SECOND*  TOTAL',
      'IpInDiscards                 2      2',
      'TcpExtTCPTimeouts            0      3',
    ]);
  });
});

describe('The screen of strata top', () => {
  it('fits a terminal of any size', () => {
    const screen = screenOf(['one line', 'two', 'three'], 3, 3);
    expect(screen).toBe('\x1b[Hone\x1b[K\r\ntwo\x1b[K\r\n\x1b[J');
  });

  it('obeys its keys', () => {
    const shown = firstShown('interfaces');
    pressKey(shown, 'd');
    expect(shown).toMatchObject({ view: 'drops', sortColumn: 1 });
    pressKey(shown, '>');
    pressKey(shown, '>');
    pressKey(shown, 'r');
    pressKey(shown, ' ');
    expect(shown).toMatchObject({ sortColumn: 0, isReversed: true, isPaused: true });
    pressKey(shown, '<');
    expect(shown.sortColumn).toBe(2);
    pressKey(shown, 'q');
    expect(shown.isOver).toBe(true);
  });
});
