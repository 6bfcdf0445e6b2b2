import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { requirePrivileges } from './kernel.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

beforeAll(requirePrivileges);

describe('the example of the README', () => {
  it('prints what the README says', () => {
    const command = ['tools/run-example.mjs', '--check', 'packages/tap/README.md'];
    const options = { cwd: ROOT, encoding: 'utf8' } as const;
    const { status, stderr } = spawnSync(process.execPath, command, options);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
