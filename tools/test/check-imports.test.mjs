import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { check } from '../imports/check.mjs';
import { makeRepo } from './fixture.mjs';

const repoRoot = fileURLToPath(new URL('../..', import.meta.url));
const command = fileURLToPath(new URL('../check-imports.mjs', import.meta.url));

/** Checks a repo of these files. Returns `file:line rule` for each refusal. */
function refusals(files) {
  const repo = makeRepo(files);
  try {
    return check(repo.root).refusals.map(({ file, line, rule }) => `${file}:${line} ${rule}`);
  } finally {
    repo.remove();
  }
}

describe('what the rules refuse', () => {
  // biome-ignore format: a table reads best with one row a line
  const cases = [
    ['wire importing a core', 'may-import', 'packages/wire/src/a.ts', "import type { A } from '@strata/link';"],
    ['a core importing the contract', 'may-import', 'packages/transport/src/a.ts', "import type { A } from '@strata/contract';"],
    ['a core importing an adapter', 'may-import', 'packages/network/src/a.ts', "import { bus } from '@strata/bus';"],
    ["a core importing another core's values", 'type-only', 'packages/network/src/a.ts', "import { a } from '@strata/link';"],
    ["a core importing another core's values beside types", 'type-only', 'packages/network/src/a.ts', "import { type A, b } from '@strata/link';"],
    ['a core importing another core for its effects', 'type-only', 'packages/network/src/a.ts', "import '@strata/link';"],
    ["a core passing on another core's values", 'type-only', 'packages/link/src/a.ts', "export * from '@strata/network';"],
    ["a core passing on another core's named values", 'type-only', 'packages/link/src/a.ts', "export { a } from '@strata/network';"],
    ['a core importing another core late', 'type-only', 'packages/link/src/a.ts', "await import('@strata/network');"],
    ["the contract importing a core's values", 'type-only', 'packages/contract/src/a.ts', "import { a } from '@strata/transport';"],
    ['the contract importing the bus', 'may-import', 'packages/contract/src/a.ts', "import { a } from '@strata/bus';"],
    ['an adapter importing a service', 'may-import', 'packages/runtime/src/a.ts', "import { a } from '@strata/service-link';"],
    ['an adapter importing the command line', 'may-import', 'packages/sockets/src/a.ts', "import { a } from '@strata/cli';"],
    ["the command line importing a core's values", 'type-only', 'packages/cli/src/a.ts', "import { a } from '@strata/link';"],
    ['a service importing the simulator', 'tests-only', 'services/link/src/main.ts', "import { a } from '@strata/simulator';"],
    ['an adapter importing the conformance suites', 'tests-only', 'packages/bus/src/a.ts', "import { a } from '@strata/conformance';"],
    ['the command line importing the suites, other than the runner of scripts', 'tests-only', 'packages/cli/src/a.ts', "await import('@strata/conformance');"],
    ['the command line importing the runner of scripts before it is asked for', 'tests-only', 'packages/cli/src/a.ts', "import { a } from '@strata/conformance/packetdrill';"],
    ['another room importing the runner of scripts', 'tests-only', 'packages/runtime/src/a.ts', "await import('@strata/conformance/packetdrill');"],
    ['a core importing the simulator', 'tests-only', 'packages/link/src/a.ts', "import { a } from '@strata/simulator';"],
    ['bench importing the simulator', 'tests-only', 'bench/main.ts', "import { a } from '@strata/simulator';"],
    ['a core importing a module of Node', 'no-node', 'packages/link/src/a.ts', "import { readFileSync } from 'node:fs';"],
    ['a core importing the type of a module of Node', 'no-node', 'packages/link/src/a.ts', "import type { Socket } from 'net';"],
    ['wire importing a module of Node', 'no-node', 'packages/wire/src/a.ts', "import { Buffer } from 'node:buffer';"],
    ['a core importing from npm', 'no-npm', 'packages/link/src/a.ts', "import { z } from 'zod';"],
    ['a core naming a type of npm inside a type', 'no-npm', 'packages/link/src/a.ts', "type A = import('zod').Z;"],
    ['an adapter loading code past the check', 'node-module', 'packages/bus/src/a.ts', "import { createRequire } from 'node:module';"],
    ['an undeclared package', 'undeclared', 'packages/bus/src/a.ts', "import { z } from 'zod';"],
    ['an undeclared package in a test', 'undeclared', 'packages/bus/test/a.test.ts', "import { z } from 'zod';"],
    ["a test's tool outside a test", 'undeclared', 'packages/bus/src/a.ts', "import fc from 'fast-check';"],
    ["another package's source by its name", 'deep-import', 'packages/bus/src/a.ts', "import { a } from '@strata/wire/src/a.ts';"],
    ["another package's source in a test", 'deep-import', 'packages/bus/test/a.test.ts', "import { a } from '@strata/wire/src/a.ts';"],
    ["another package's source by its path", 'leaves-package', 'packages/bus/src/a.ts', "import { a } from '../../wire/src/a.ts';"],
    ["another package's source by its path in a test", 'leaves-package', 'e2e/a.test.ts', "import { a } from '../packages/wire/src/a.ts';"],
    ['a module name that is computed', 'dynamic-name', 'packages/bus/src/a.ts', 'await import(name);'],
    ['the time in a core', 'denied-global', 'packages/link/src/a.ts', 'export const a = Date.now();'],
    ['a date in a core', 'denied-global', 'packages/link/src/a.ts', 'export const a = new Date();'],
    ['randomness in a core', 'denied-global', 'packages/link/src/a.ts', 'export const a = Math.random();'],
    ['randomness in a core, by another way', 'denied-global', 'packages/link/src/a.ts', 'const { random } = Math;'],
    ['the global object in a core', 'denied-global', 'packages/wire/src/a.ts', "export const a = globalThis['process'];"],
    ["Node's types brought into a core", 'type-reference', 'packages/link/src/a.ts', '/// <reference types="node" />'],
    ['a package that does not exist', 'unknown-room', 'packages/bus/src/a.ts', "import { a } from '@strata/nothing';"],
    ['what does not parse', 'unparsable', 'packages/bus/src/a.ts', 'import {'],
  ];

  it.each(cases)('%s: %s', (_, rule, file, text) => {
    expect(refusals({ [file]: text })).toEqual([`${file}:1 ${rule}`]);
  });

  it('a package without a row in the table', () => {
    expect(refusals({ 'packages/new/package.json': '{ "name": "@strata/new" }' })).toEqual([
      'packages/new/package.json:1 unknown-room',
    ]);
  });

  it('a circle of files, by value and by type, once', () => {
    const found = refusals({
      'packages/link/src/a.ts': "import { c } from './c.ts';\nimport { b } from './b.ts';",
      'packages/link/src/b.ts': "import type { C } from './deep/d.ts';",
      'packages/link/src/c.ts': '',
      'packages/link/src/deep/d.ts': "import { a } from '../a.ts';",
    });
    expect(found).toEqual(['packages/link/src/a.ts:2 circle']);
  });

  it('a file that imports itself, and a circle in a service', () => {
    const found = refusals({
      'packages/wire/src/a.ts': "export { a } from './a.ts';",
      'services/link/src/a.ts': "import type { B } from './b.ts';",
      'services/link/src/b.ts': "import type { A } from './a.ts';",
    });
    expect(found).toEqual(['packages/wire/src/a.ts:1 circle', 'services/link/src/a.ts:1 circle']);
  });

  it('a cycle of adapters, once, however many imports close it', () => {
    const found = refusals({
      'packages/bus/src/a.ts': "import { a } from '@strata/runtime';",
      'packages/bus/src/b.ts': "import { a } from '@strata/runtime';",
      'packages/runtime/src/a.ts': "import type { A } from '@strata/bus';",
    });
    expect(found).toEqual(['packages/bus/src/a.ts:1 cycle', 'packages/runtime/src/a.ts:1 cycle']);
  });

  it.each(['packages/bus/src/a.ts', 'e2e/a.test.ts', 'packages/tap/src/tap.cc', 'tools/a.mjs'])(
    'a file of 401 lines: %s',
    (file) => {
      expect(refusals({ [file]: '\n'.repeat(401) })).toEqual([`${file}:401 too-long`]);
    },
  );

  it('at its line, also after characters of several octets', () => {
    const text =
      "// é €\n/* 𝄞\n */\nimport { a } from '@strata/wire';\nimport { b } from '@strata/link';\n";
    expect(refusals({ 'packages/network/src/a.ts': text })).toEqual([
      'packages/network/src/a.ts:5 type-only',
    ]);
  });
});

describe('what the rules allow', () => {
  // biome-ignore format: a table reads best with one row a line
  const cases = [
    ["cores importing wire and each other's types", 'packages/transport/src/a.ts', "import { a } from '@strata/wire';\nimport type { B } from '@strata/network';\nexport { type C } from '@strata/link';\ntype D = import('@strata/link').D;"],
    ['an adapter importing cores, adapters and Node', 'packages/runtime/src/a.ts', "import { a } from '@strata/link';\nimport { b } from '@strata/bus';\nimport { c } from 'node:fs';"],
    ['tap loading its addon', 'packages/tap/src/a.ts', "import { createRequire } from 'node:module';"],
    ['a service choosing its implementation', 'services/link/src/main.ts', "import { a } from '@strata/link';\nimport { b } from '@strata/tap';"],
    ['the command line loading the runner of scripts when it is asked for', 'packages/cli/src/a.ts', "import type { A } from '@strata/conformance/packetdrill';\nawait import('@strata/conformance/packetdrill');"],
    ['tests importing what only they may, undeclared', 'packages/link/test/a.test.ts', "import { a } from '@strata/simulator';\nimport { b } from '@strata/conformance';\nimport fc from 'fast-check';\nimport { c } from 'node:fs';"],
    ['tests that need root importing what only tests may', 'packages/tap/test-privileged/a.test.ts', "import { a } from '@strata/simulator';"],
    ['e2e importing what only tests may', 'e2e/a.test.ts', "import { a } from '@strata/simulator';"],
    ['configuration extending the root', 'packages/link/jest.config.mjs', "export { default } from '../../jest.base.mjs';"],
    ['configuration of e2e extending the root', 'e2e/jest.config.mjs', "import base from '../jest.base.mjs';"],
    ['configuration of tests that need root extending the root', 'packages/tap/test-privileged/jest.config.mjs', "import base from '../../../jest.base.mjs';"],
    ['arithmetic in a core', 'packages/link/src/a.ts', 'export const a = Math.floor(1.5);\nexport const b = a.random;'],
    ['names of modules in strings and comments', 'packages/link/src/a.ts', "// import { a } from 'zod';\nexport const a = \"import { a } from 'zod'\";"],
    ['a file of 400 lines', 'packages/link/src/a.ts', '\n'.repeat(400)],
    ['a generated file of any length', 'packages/contract/src/gen/a.js', `import 'anything';${'\n'.repeat(5000)}`],
  ];

  it.each(cases)('%s', (_, file, text) => {
    expect(refusals({ [file]: text })).toEqual([]);
  });
});

describe('the command', () => {
  const run = (root) => spawnSync(process.execPath, [command, root], { encoding: 'utf8' });

  it('names file, line, rule and remedy, and exits 1', () => {
    const repo = makeRepo({
      'packages/link/src/a.ts': "\nimport { readFileSync } from 'node:fs';",
    });
    const { status, stderr } = run(repo.root);
    repo.remove();
    expect(stderr).toMatch(/^packages\/link\/src\/a\.ts:2: no-node: link imports node:fs\n {4}\w/);
    expect(status).toBe(1);
  });

  it('exits 0 if nothing is refused', () => {
    const repo = makeRepo({ 'packages/link/src/a.ts': 'export {};' });
    const { status } = run(repo.root);
    repo.remove();
    expect(status).toBe(0);
  });

  it('reads this repo, and finds each room of the table in it', () => {
    expect(check(repoRoot).refusals.filter(({ rule }) => rule === 'unknown-room')).toEqual([]);
  });
});
