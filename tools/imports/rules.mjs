/**
 * Who may import whom: the rooms of the repo as one table. `tools/check-imports.mjs` enforces it.
 *
 * Each room has these columns.
 *
 * - `dir`: where it lives. Its package.json gives its package name.
 * - `imports`: rooms whose values it may import; `types`: rooms of which it may import types only.
 *   `ANY` is every room except those in `TESTS_ONLY`.
 * - `node`: may it import Node's own modules (`node:fs`)?
 * - `npm`: may it import npm packages? They must be declared in its package.json all the same.
 * - `pure`: a protocol core: time and randomness are arguments, so `DENIED_GLOBALS` are refused.
 *   (What belongs to Node or the browser is a compile error there already: `lib: es2023`, `types:
 *   []`.)
 * - `late`: entry points of rooms in `TESTS_ONLY` that it may load by `import()`, when they are
 *   asked for, and no sooner. `strata pkt` runs scripts for a person as the tests run them: the
 *   same runner, which no other command loads. They have to be declared as any other.
 *
 * These rules apply to `src/` and `bin/`. Tests may import any room. They need not declare the
 * rooms in `TESTS_ONLY`: that would close a cycle, because those rooms depend on the rooms that
 * they test.
 */

const CORES = ['link', 'network', 'transport'];
const ADAPTERS = ['contract', 'bus', 'tap', 'runtime', 'sockets'];
const SERVICES = ['link', 'network', 'transport', 'application', 'console'].map(
  (name) => `service-${name}`,
);

/** Every room except those for tests only. */
export const ANY = ['wire', 'filter', ...CORES, ...ADAPTERS, 'tools', ...SERVICES, 'cli'];

/** Rooms that only tests, and each other, may import. */
export const TESTS_ONLY = ['simulator', 'conformance'];

/** An adapter may import every other adapter. Another check refuses cycles. */
const adapters = (self) => ADAPTERS.filter((name) => name !== self);

const core = { imports: ['wire'], node: false, npm: false, pure: true };
const adapter = {
  imports: ['wire', 'filter', ...CORES],
  types: [],
  node: true,
  npm: true,
  pure: false,
};
const service = { imports: ANY, types: [], node: true, npm: true, pure: false };

// biome-ignore format: a table reads best with one row a line
export const ROOMS = [
  { room: 'wire',      dir: 'packages/wire',      ...core, imports: [], types: [] },
  { room: 'filter',    dir: 'packages/filter',    ...core, types: [] },
  { room: 'link',      dir: 'packages/link',      ...core, types: ['network', 'transport'] },
  { room: 'network',   dir: 'packages/network',   ...core, types: ['link', 'transport'] },
  { room: 'transport', dir: 'packages/transport', ...core, types: ['link', 'network'] },

  { room: 'contract',  dir: 'packages/contract',  ...adapter, imports: ['wire'], types: CORES },
  { room: 'bus',       dir: 'packages/bus',       ...adapter, imports: [...adapter.imports, ...adapters('bus')] },
  { room: 'tap',       dir: 'packages/tap',       ...adapter, imports: [...adapter.imports, ...adapters('tap')] },
  { room: 'runtime',   dir: 'packages/runtime',   ...adapter, imports: [...adapter.imports, ...adapters('runtime')] },
  { room: 'sockets',   dir: 'packages/sockets',   ...adapter, imports: [...adapter.imports, ...adapters('sockets')] },

  // Programs on the sockets of a stack, which run in whatever process has its bus.
  { room: 'tools',     dir: 'packages/tools',     ...adapter, imports: ['wire', 'filter', ...ADAPTERS], types: CORES },

  ...SERVICES.map((room) => ({ room, dir: room.replace('service-', 'services/'), ...service })),

  { room: 'cli',       dir: 'packages/cli',       ...service, imports: ['wire', 'filter', ...ADAPTERS, 'tools', ...SERVICES], types: CORES, late: ['@strata/conformance/packetdrill'] },

  { room: 'simulator',   dir: 'packages/simulator',   ...service, imports: [...ANY, 'conformance'] },
  { room: 'conformance', dir: 'packages/conformance', ...service, imports: [...ANY, 'simulator'] },

  // Everything in e2e is a test; bench measures with the same launchers.
  { room: 'e2e',   dir: 'e2e',   ...service, imports: [...ANY, ...TESTS_ONLY], allTests: true },
  { room: 'bench', dir: 'bench', ...service, imports: [...ANY, 'e2e'] },
];

/**
 * Parts of the language that a core may not use: [object, property or null, what to do instead].
 */
export const DENIED_GLOBALS = [
  ['Date', null, 'take the time as the argument nowMs'],
  ['Math', 'random', 'take a random source as an argument'],
  ['globalThis', null, 'take what is needed as an argument'],
  ['eval', null, 'write the code out'],
];

/** Node modules that load code without this check seeing it, and the rooms that may use them. */
export const DENIED_NODE_MODULES = {
  'node:module': { allowed: ['tap'], instead: 'use import; only tap loads a native addon' },
  'node:vm': { allowed: [], instead: 'use import' },
};

/** The longest source file, in lines. */
export const MAX_LINES = 400;

/** Which files count as sources for `MAX_LINES`. */
export const SOURCE_EXTENSIONS = [
  '.ts',
  '.tsx',
  '.mts',
  '.mjs',
  '.js',
  '.cjs',
  '.cc',
  '.c',
  '.h',
  '.css',
  '.html',
];

/** Folders without hand-written files. */
export const SKIPPED_FOLDERS = ['node_modules', 'dist', 'build', 'gen', 'coverage'];

/** The name of each rule in a refusal, and what to do about it. */
export const RULES = {
  'may-import':
    'see the table in tools/imports/rules.mjs; move the code to the room where it belongs, or reverse the dependency',
  'type-only': 'use `import type`, or move what both need into wire',
  'tests-only': 'use it from a test (test/*.test.ts or e2e/)',
  'no-node': 'a core does no I/O: take what is needed as an argument, and let an adapter supply it',
  'no-npm': 'write it here, or do it in an adapter',
  'node-module': 'see DENIED_NODE_MODULES in tools/imports/rules.mjs',
  undeclared:
    'add it to dependencies (or, for a test, devDependencies) in the package.json beside it',
  'deep-import':
    "import what the package's exports give; export what is missing from its src/index.ts",
  'leaves-package': 'import the package by its name',
  'dynamic-name': 'name the module with a plain string, so that this check can read it',
  'denied-global': 'see DENIED_GLOBALS in tools/imports/rules.mjs',
  'type-reference': 'remove it: a core compiles without foreign types',
  cycle: 'move what both need into a room below them',
  circle:
    'move what both files need into a file below them, a type too; or let one return what it saw',
  'too-long': `split it by concern; ${MAX_LINES} lines are the limit`,
  unparsable: 'correct the syntax',
  'unknown-room': 'give it a row in tools/imports/rules.mjs',
};
