import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '@strata/runtime';
import { loadConfig } from '@strata/runtime/config';
import { readConfigApart } from '../src/read-config-apart.ts';

const SHIPPED = fileURLToPath(new URL('../../../strata.yaml', import.meta.url));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'strata-config-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** What loadConfig() throws. */
function faultOf(file: string): ConfigError {
  try {
    loadConfig(file);
  } catch (error) {
    if (error instanceof ConfigError) return error;
  }
  throw new Error(`${file} has no fault`);
}

describe('readConfigApart()', () => {
  it('reads what loadConfig() reads, to the last field', async () => {
    expect(await readConfigApart(SHIPPED)).toStrictEqual(loadConfig(SHIPPED));
  });

  it.each([
    ['wrong', 'stacks: { server: { interfaces: [{ wire: lan, mtu: 1 }] } }\nwirse: {}\n'],
    ['no YAML', 'stacks: [\n'],
  ])(
    'rejects with the faults of a file that is %s, as loadConfig() throws them',
    async (_name, text) => {
      const file = join(folder, 'wrong.yaml');
      writeFileSync(file, text);
      const { message, code, problems } = faultOf(file);
      const rejected = readConfigApart(file);
      await expect(rejected).rejects.toBeInstanceOf(ConfigError);
      await expect(rejected).rejects.toMatchObject({ message, code, problems });
    },
  );
});
