import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkLock, compareLocks } from '../lock/check.mjs';

const repoRoot = fileURLToPath(new URL('../..', import.meta.url));
const command = fileURLToPath(new URL('../check-lock.mjs', import.meta.url));

const locked = (more = {}) => ({ version: '1.0.0', integrity: 'sha512-aaaa', ...more });

/**
 * A root that needs `tool`, and a workspace that needs `tool` and its binaries for two platforms.
 */
function good() {
  return {
    '': { name: 'fixture', devDependencies: { tool: '^1.0.0' } },
    'packages/a': { name: 'a', dependencies: { tool: '^1.0.0' } },
    'node_modules/a': { resolved: 'packages/a', link: true },
    'node_modules/tool': locked({
      optionalDependencies: { 'tool-linux': '1.0.0', 'tool-mac': '1.0.0' },
    }),
    'node_modules/tool/node_modules/tool-linux': locked({ optional: true, os: ['linux'] }),
    'node_modules/tool-mac': locked({ optional: true, os: ['darwin'] }),
  };
}

/** The refusals for this lock together with the manifests of `good()`, as `entry: what`. */
function refusals(packages) {
  const root = mkdtempSync(join(tmpdir(), 'strata-lock-'));
  try {
    mkdirSync(join(root, 'packages/a'), { recursive: true });
    for (const dir of ['', 'packages/a'])
      writeFileSync(join(root, dir, 'package.json'), JSON.stringify(good()[dir]));
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages }));
    return checkLock(root).map(({ entry, what }) => `${entry}: ${what}`);
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** The lock of `good()` with one entry changed by `more`, or removed. */
function changed(entry, more) {
  const packages = good();
  if (more) packages[entry] = { ...packages[entry], ...more };
  else delete packages[entry];
  return packages;
}

describe('the lock with the manifests', () => {
  it('is accepted if it agrees and is complete', () => {
    expect(refusals(good())).toEqual([]);
  });

  // biome-ignore format: a table reads best with one row a line
  const cases = [
    ['lacks a package of another platform', 'node_modules/tool-mac', undefined, 'node_modules/tool: tool-mac is missing: the lock is not complete'],
    ['lacks a package of this platform', 'node_modules/tool/node_modules/tool-linux', undefined, 'node_modules/tool: tool-linux is missing: the lock is not complete'],
    ['has a package without integrity', 'node_modules/tool', { integrity: undefined }, 'node_modules/tool: has no sha512 integrity'],
    ['has a package without a version', 'node_modules/tool', { version: undefined }, 'node_modules/tool: has no version'],
    ['names an address', 'node_modules/tool', { resolved: 'https://example.org/tool.tgz' }, 'node_modules/tool: names an address (resolved): .npmrc leaves it out'],
    ["asks for another range than the root's manifest", '', { devDependencies: { tool: '^2.0.0' } }, ': devDependencies differs from package.json'],
    ["asks for less than a workspace's manifest", 'packages/a', { dependencies: {} }, 'packages/a: dependencies differs from packages/a/package.json'],
  ];
  it.each(cases)('is refused where it %s', (_, entry, more, expected) => {
    expect(refusals(changed(entry, more))).toEqual([expected]);
  });
});

describe('the lock compared with an older one', () => {
  const compare = (entry, more) =>
    compareLocks({ packages: good() }, { packages: changed(entry, more) }).map(({ what }) => what);

  it('may have more or fewer optional packages: a registry need not serve all', () => {
    expect(compare('node_modules/tool-mac')).toEqual([]);
    expect(compare('node_modules/tool-bsd', locked({ optional: true }))).toEqual([]);
  });

  it('is refused if a version, an integrity or a package changed', () => {
    expect(compare('node_modules/tool', { version: '1.0.1' })).toEqual([
      'version was 1.0.0, is 1.0.1',
    ]);
    expect(compare('node_modules/tool-mac', { integrity: 'sha512-b' })).toEqual([
      'integrity was sha512-aaaa, is sha512-b',
    ]);
    expect(compare('node_modules/tool')).toEqual(['was removed']);
    expect(compare('node_modules/other', locked())).toEqual(['was added']);
  });
});

describe('the command', () => {
  it("accepts this repo's lock", () => {
    const { status, stderr } = spawnSync(process.execPath, [command, repoRoot], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});
