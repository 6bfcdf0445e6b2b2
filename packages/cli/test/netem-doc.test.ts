import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseConfig } from '@strata/runtime/config';
import { CHANGE_EXAMPLES, DELETE_EXAMPLES, SHOW_EXAMPLES } from '../src/netem/help.ts';
import { NETEM_WORDS, parseWords } from '../src/netem/parse-words.ts';
import { parsePlace, requireEnd } from '../src/netem/place.ts';
import { WordReader } from '../src/netem/word-reader.ts';

const read = (path: string) =>
  readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8');
const page = read('docs/netem.md');
const texts = [page, read('docs/running.md'), read('README.md')];
const commands = [...texts, CHANGE_EXAMPLES, SHOW_EXAMPLES, DELETE_EXAMPLES]
  .flatMap((text) => text.match(/^ *(npx )?strata netem.*$/gm) ?? [])
  .map((line) => line.replace(/ {2,}.*|#.*/, '').trim());

describe('An example of strata netem', () => {
  it.each(commands.map((line) => [line]))('%s is right', (line) => {
    const [verb, ...words] = line.replace(/^.*strata netem ?/, '').split(' ');
    const reader = new WordReader(words.filter((word) => word !== '' && !word.startsWith('-')));
    const place = parsePlace(reader);
    if (!['add', 'change', 'replace'].includes(verb!)) return requireEnd(reader);
    expect(place).toBeDefined();
    expect(Object.keys(parseWords(reader.rest()))).not.toEqual([]);
  });
});

describe('docs/netem.md and strata.yaml', () => {
  const schema = parseConfig(
    'wires: { lan: { impairment: {} } }\nstacks: { a: { interfaces: [{ wire: lan, addresses: [192.0.2.2/24] }] } }',
    'the test',
  ).wires['lan']!.impairment!;
  const fields = [...Object.keys(schema), 'lossModel', 'slot', 'seed'];

  it.each(fields.map((name) => [name]))('name the field %s', (name) => {
    expect(page).toContain(`\`${name}`);
    expect(read('strata.yaml')).toMatch(new RegExp(`# {3}${name}:`));
  });

  it.each(NETEM_WORDS.map((word) => [word]))('name the word %s', (word) => {
    expect(page).toMatch(new RegExp(`^\\| \`${word}\\b`, 'm'));
  });
});
