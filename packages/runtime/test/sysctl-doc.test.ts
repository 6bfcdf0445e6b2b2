import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeCombination, KNOBS, type Knob } from '../src/index.ts';

const FILE = fileURLToPath(new URL('../../../docs/sysctl.md', import.meta.url));
const PACKAGES = fileURLToPath(new URL('../../', import.meta.url));
const SERVICES = fileURLToPath(new URL('../../../services/', import.meta.url));
const RENEW = 'npm run sysctl-doc -w @strata/runtime';

const HEAD = `# The knobs

Names, defaults and meanings are Linux's; where one differs, its row says so. Made from the tables in the code
(\`packages/transport/src/sysctl\`, \`packages/runtime/src/config/knobs.ts\`) by \`${RENEW}\`; a test fails where it is not theirs.

Read and change them while a stack runs, by \`strata sysctl -a\`, \`strata sysctl --explain NAME\` and \`strata sysctl -w NAME=VALUE\`, by the
console (\`GET\` and \`PUT /api/sysctl\`), or set them before it starts in the \`sysctl\` section of a stack in \`strata.yaml\`. A value out
of its range is refused with the range. "Counts for" says who follows a change: \`at once\`, whatever looks at it next, on all
connections; \`new connections\` and \`new sockets\`, those that are opened from then on; \`at start\`, nothing: the config alone says it.

\`IFNAME\` in a name stands for the name of an interface, for \`default\`, and in \`net.ipv4.conf\` for \`all\`. An interface takes the values of
\`default\` when it is added: in the config \`default\` counts for all interfaces, at run time only for those that come later. "In force"
says how the values of \`all\` and of the interface combine, as in Linux: to switch a knob off that is in force if \`all\` or the interface is
on, switch both off.
`;

const TITLES: readonly (readonly [string, (knob: Knob) => boolean])[] = [
  ['Transport', ({ layers }) => layers.length === 1 && layers[0] === 'transport'],
  ['Network and transport', ({ layers }) => layers.length > 1],
  ['Network', ({ layers }) => layers.length === 1 && layers[0] === 'network'],
  ['Link', ({ layers }) => layers.length === 1 && layers[0] === 'link'],
];

function document(): string {
  const parts = TITLES.map(([title, belongs]) => {
    const rows = KNOBS.filter(belongs).map(row);
    return `## ${title}\n\n| Knob | Default | Range | Counts for | Meaning |\n|---|---|---|---|---|\n${rows.join('\n')}\n`;
  });
  return [HEAD, ...parts].join('\n');
}

function row(knob: Knob): string {
  const { name, initial, least, most, unit, effect, choices, perInterface } = knob;
  const ofAll = perInterface?.initialAll ?? initial;
  const other = ofAll === initial ? '' : ` (all: ${ofAll})`;
  const byDefault = (Array.isArray(initial) ? initial.join(' ') : String(initial)) + other;
  const inForce =
    perInterface?.initialAll === undefined
      ? ''
      : ` In force: ${describeCombination(perInterface)}.`;
  const meaning = knob.meaning + inForce;
  const numbers = `${least} to ${most}${unit === '' ? '' : ` ${unit}`}`;
  const range = choices === undefined ? numbers : choices.join(', ');
  return `| \`${name}\` | ${byDefault} | ${range} | ${effect} | ${meaning.replaceAll('|', '\\|')} |`;
}

describe('docs/sysctl.md', () => {
  it('contains each knob as in the tables of the code', () => {
    const text = document();
    if (process.env['RENEW_SYSCTL_DOC'] !== undefined) writeFileSync(FILE, text);
    const advice = `docs/sysctl.md is not that of the tables. Renew it: ${RENEW}`;
    const kept = readFileSync(FILE, 'utf8').split('\n');
    expect([advice, ...text.split('\n')]).toEqual([advice, ...kept]);
  });
});

describe('Each knob', () => {
  /** Knobs that no code uses, and the reason. */
  const WITHOUT_EFFECT = {
    ip_forward: 'network reads the knob under its other name, conf.all.forwarding',
    tcp_available_congestion_control: 'it is for reading',
    udp_wmem_min: 'Linux keeps it for those who set it',
  };

  it.each(KNOBS.map((knob) => [knob.name, knob] as const))(
    '%s has a meaning, and its default is in its range',
    (_, knob) => {
      expect(knob.meaning).toMatch(/^[^\n]{10,}\.$/);
      if (typeof knob.initial === 'string') return;
      for (const number of [knob.initial].flat()) {
        expect(number).toBeGreaterThanOrEqual(knob.least);
        expect(number).toBeLessThanOrEqual(knob.most);
      }
    },
  );

  it('is read by the code of one of its layers', () => {
    const code = {
      link: readCode(join(PACKAGES, 'link/src')) + readCode(join(SERVICES, 'link/src')),
      network: readCode(join(PACKAGES, 'network/src')),
      transport: readCode(join(PACKAGES, 'transport/src')),
    };
    const unread = KNOBS.filter(({ name, layers }) => {
      const word = new RegExp(`\\b${lastPart(name)}\\b`);
      return !layers.every((layer) => word.test(code[layer]));
    });
    expect(unread.map(({ name }) => lastPart(name))).toEqual(Object.keys(WITHOUT_EFFECT));
  });
});

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/** All code below a folder, without the tables of knobs and without comments. */
function readCode(folder: string): string {
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return entry.name === 'sysctl' ? '' : readCode(path);
      if (entry.name === 'sysctl.ts') return '';
      return readFileSync(path, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    })
    .join('\n');
}
