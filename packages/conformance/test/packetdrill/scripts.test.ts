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
});
