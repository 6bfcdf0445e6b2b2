/**
 * Reads the sources of the cores, and finds where they drop something and where they change a
 * state.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { REASON_TABLES } from '@strata/wire';

const PACKAGES = fileURLToPath(new URL('../../', import.meta.url));

interface Source {
  readonly file: string;
  readonly lines: readonly string[];
}

function sourcesOf(core: string): Source[] {
  const root = join(PACKAGES, core, 'src');
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({
      file: relative(PACKAGES, join(root, name)),
      lines: readFileSync(join(root, name), 'utf8').split('\n'),
    }));
}

/** The matching lines as `file:line: text`, except those that `mayHave` allows. */
function find(sources: readonly Source[], pattern: RegExp, mayHave: (file: string) => boolean) {
  return sources
    .filter(({ file }) => !mayHave(file))
    .flatMap(({ file, lines }) =>
      lines.flatMap((line, at) =>
        pattern.test(line) ? [`${file}:${at + 1}: ${line.trim()}`] : [],
      ),
    );
}

const DROPS = {
  link: ['link, receiving', 'link, transmitting', 'link, impairing'],
  network: ['network, dropping'],
  transport: [
    'TCP, dropping',
    'TCP, dropping in SYN-SENT',
    'TCP, not answering',
    'TCP, resetting',
    'UDP, dropping',
    'transport',
  ],
  bus: ['bus'],
} as const satisfies Record<string, readonly (keyof typeof REASON_TABLES)[]>;
type Core = keyof typeof DROPS;
const CORES = Object.keys(DROPS) as Core[];

describe.each(CORES)('the sources of %s', (core) => {
  const sources = sourcesOf(core);

  it('count a drop only by its reason: only the table has the pair', () => {
    const counters = DROPS[core].flatMap((table) =>
      Object.values(REASON_TABLES[table]).flatMap((row): readonly string[] => row.counters),
    );
    expect(counters.length).toBeGreaterThan(0);
    const named = new RegExp(`\\b(${[...new Set(counters)].join('|')})\\b.*(\\+=|\\+\\+)`);
    expect(find(sources, named, () => false)).toEqual([]);
  });

  it('use a computed counter name only where the table is read, or where nothing is dropped', () => {
    const computed = find(sources, /counters\[.*\] \+= /, (file) =>
      file.endsWith(`${core}/src/outcomes.ts`),
    );
    const literal = computed.filter((found) => !/counters\[[^\]]*'[^\]]*\] \+= /.test(found));
    expect(literal.map((found) => found.replace(/:\d+:/, ':'))).toEqual(COMPUTED[core]);
  });

  it('use each of their reasons', () => {
    const all = sources.flatMap(({ lines }) => lines).join('\n');
    const tables = Object.entries(REASON_TABLES).filter(([table]) => coreOf(table) === core);
    const unused = tables.flatMap(([, reasons]) =>
      Object.keys(reasons).filter((reason) => !all.includes(`'${reason}'`)),
    );
    expect(unused).toEqual([]);
  });
});

/** Names that are computed elsewhere. Their types include no counter of a drop. */
const COMPUTED: Readonly<Record<Core, readonly string[]>> = {
  bus: [],
  link: [],
  network: [],
  transport: [
    'transport/src/tcp/arrive/take-data.ts: context.counters[counter] += 1;',
    'transport/src/tcp/recover/duplicate-sack.ts: } else context.counters[ignoredAs(tcb)] += 1;',
    'transport/src/tcp/recover/reordering.ts: context.counters[counter] += 1;',
    'transport/src/tcp/recover/undo.ts: context.counters[counter] += 1;',
  ],
};

function coreOf(table: string): Core {
  const core = CORES.find((one) => table.startsWith(one));
  return core ?? 'transport';
}

describe('a state', () => {
  it('of a connection, or of its loss recovery, is changed in one place only', () => {
    const assigned = /\.(state|caState) = /;
    const found = sourcesOf('transport').flatMap(({ file, lines }) =>
      lines.filter((line) => assigned.test(line)).map((line) => `${file}: ${line.trim()}`),
    );
    expect(found).toEqual([
      'transport/src/tcp/transitions.ts: connection.state = to;',
      'transport/src/tcp/transitions.ts: tcb.caState = to;',
    ]);
  });

  it('of a neighbour, or of an address, is changed in one place only', () => {
    const found = sourcesOf('link').flatMap(({ file, lines }) =>
      lines.filter((line) => /\.state = /.test(line)).map((line) => `${file}: ${line.trim()}`),
    );
    expect(found).toEqual([
      'link/src/arp/claim-addresses.ts: claim.state = to;',
      'link/src/neighbour/neighbour-table.ts: neighbour.state = to;',
    ]);
  });
});
