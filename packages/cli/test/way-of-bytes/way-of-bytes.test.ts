import type { ObjectCounts } from './count-objects.ts';
import type { PassCounts } from './count-passes.ts';
import { expectOnPage } from './doc-table.ts';
import { runCount } from './run-count.ts';

type Ways<Counts> = Readonly<Record<'out' | 'in' | 'request', Counts>>;

interface Objects extends ObjectCounts {
  /** Frames of the device, each a system call. */
  readonly reads: number;
  readonly writes: number;
}

interface Passes extends Ways<PassCounts> {
  /** Of memory that shareImmutable() was called for. */
  readonly outImmutable: PassCounts;
  readonly sameMemory: { readonly out: boolean; readonly in: boolean };
}

const NOTHING: PassCounts = { copied: {}, read: {}, loops: {} };
/** Of which the page's figures are: another V8 makes other objects. */
const COUNTED_NODE = '20';
const LAYERS = ['sockets', 'transport', 'network', 'link', 'wire port, TAP bridge', 'tap', 'bus'];
const MINUTES_MS = 60_000;

describe('The way of a super-segment of 65,160 octets through one process', () => {
  it(
    'has one copy out, in sockets, none in, and no pass over the payload',
    async () => {
      const { sameMemory, ...ways } = await runCount<Passes>('passes');
      expect(ways).toEqual({
        out: { ...NOTHING, copied: { 'sockets: set': 65_160 } },
        outImmutable: NOTHING,
        in: NOTHING,
        request: NOTHING,
      });
      expect(sameMemory).toEqual({ out: true, in: true });
    },
    5 * MINUTES_MS,
  );

  it(
    'has a copy and a pass more each way where the device takes no super-segments, and the count sees both',
    async () => {
      const ways = await runCount<Passes>('passes', 'cut');
      const sums = (times: number) => ({ 'headers: sumWords': times });
      const words = 65_160 / 32;
      const { out, outImmutable, in: into } = ways;
      expect([out.copied, out.read, outImmutable.copied, into.read]).toEqual([
        { 'sockets: set': 65_160, 'headers: set': 65_160 },
        {},
        { 'headers: set': 65_160 },
        {},
      ]);
      // Transport keeps what came in small segments in one piece, so that none holds the memory of
      // many.
      expect(into.copied).toEqual({ 'headers: set': 65_160, 'transport: slice': 65_160 });
      // A few more than the payload's words: those of the headers, and the last of each segment.
      for (const [counted, passes] of [
        [out, 1],
        [outImmutable, 1],
        [into, 2],
      ] as const) {
        const times = counted.loops['headers: sumWords'] ?? 0;
        expect(counted.loops).toEqual(sums(times));
        expect(times / words / passes).toBeGreaterThan(1);
        expect(times / words / passes).toBeLessThan(1.05);
      }
    },
    5 * MINUTES_MS,
  );
});

const isCounted = process.versions.node.split('.')[0] === COUNTED_NODE;

describe(`The objects of the way, as Node ${COUNTED_NODE} makes them`, () => {
  const test = isCounted ? it : it.skip;

  test(
    'are those of docs/bytes.md, and a system call is made for each frame',
    async () => {
      const ways = await runCount<Ways<Objects>>('objects');
      const calls = ({ reads, writes }: Objects) => ({ reads, writes });
      const one = { reads: 1, writes: 1 };
      expect([ways.out, ways.in, ways.request].map(calls)).toEqual([one, one, one]);
      const hint = `Where they are made:\n${placesOf(ways)}`;
      expectOnPage(
        tableOf(ways),
        process.env['STRATA_PLACES'] === '1'
          ? hint
          : 'STRATA_PLACES=1 says where each object is made.',
      );
    },
    5 * MINUTES_MS,
  );
});

function tableOf({ out, in: into, request }: Ways<Objects>): string[] {
  const known = [...LAYERS, 'node'];
  const others = [out, into, request].flatMap(({ layers }) => Object.keys(layers));
  const layers = [...known, ...new Set(others.filter((layer) => !known.includes(layer)))];
  const row = (name: string, count: (layers: Readonly<Record<string, number>>) => number) =>
    `| ${name} | ${[out, into, request].map((way) => Number(count(way.layers).toFixed(1))).join(' | ')} |`;
  return [
    '| objects | a super-segment out, and its ACK in | a super-segment in, and its ACK out | a small request and its answer |',
    '|---|---:|---:|---:|',
    ...layers.map((layer) =>
      row(layer === 'node' ? "Node's streams and timers" : layer, (counts) => counts[layer] ?? 0),
    ),
    row('all', (counts) => Object.values(counts).reduce((sum, count) => sum + count, 0)),
  ];
}

function placesOf(ways: Ways<Objects>): string {
  const lines = Object.entries(ways).flatMap(([way, { places }]) =>
    Object.entries(places)
      .sort()
      .map(([place, count]) => `${way}, ${count}: ${place}`),
  );
  return lines.join('\n');
}
