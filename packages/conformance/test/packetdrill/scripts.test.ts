import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { resultLines, runScript } from '../../src/packetdrill/index.ts';

const FOLDER = fileURLToPath(new URL('../../scripts/', import.meta.url));
const scripts = ['tcp', 'udp'].flatMap((folder) =>
  readdirSync(`${FOLDER}${folder}`).map((name) => `${folder}/${name}`),
);

describe('The scripts', () => {
  it.each(scripts)('%s', (name) => {
    const result = runScript(name, readFileSync(`${FOLDER}${name}`, 'utf8'));
    expect([...resultLines(result), ...result.notes]).toEqual([`passed      ${name}`]);
  });

  it('have one for every row of transport', () => {
    const rows = new Set(
      scripts.flatMap((name) =>
        [
          ...readFileSync(`${FOLDER}${name}`, 'utf8').matchAll(/^\/\/ ((?:T\d+, )*T\d+):/gm),
        ].flatMap((found) => found[1]!.split(', ')),
      ),
    );
    const all = Array.from({ length: 23 }, (_none, index) => `T${index + 1}`);
    expect(all.filter((row) => !rows.has(row))).toEqual([]);
  });
});
