import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type NatsServer, startNatsServer } from '@strata/conformance';
import { build, type Metafile } from 'esbuild';

const ROOM = fileURLToPath(new URL('..', import.meta.url));
const BANNER = `import { createRequire as req } from 'node:module'; const require = req(${JSON.stringify(`${ROOM}src/main.ts`)});`;

const folder = mkdtempSync(join(tmpdir(), 'strata-loaded-'));
let outputs: Metafile['outputs'];

/** The sources, joined as scripts/bundle.mjs joins dist. */
beforeAll(async () => {
  const { metafile } = await build({
    absWorkingDir: ROOM,
    entryPoints: ['src/main.ts'],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['@strata/source'],
    external: ['@strata/conformance'],
    banner: { js: BANNER },
    metafile: true,
  });
  outputs = metafile.outputs;
});

afterAll(() => rmSync(folder, { recursive: true }));

/** The rooms and npm packages of a source file's path: `runtime`, `service link`, `zod`. */
function roomOf(path: string): string {
  const npm = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path);
  if (npm) return npm[1]!;
  const service = /services\/([^/]+)/.exec(path);
  if (service) return `service ${service[1]}`;
  return /^\.\.\/([^/]+)/.exec(path)?.[1] ?? 'cli';
}

/** The rooms and packages in these files of the bundle. */
function roomsIn(files: Iterable<string>): Set<string> {
  const sources = [...files].flatMap((file) => Object.entries(outputs[file]?.inputs ?? {}));
  return new Set(
    sources.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => roomOf(path)),
  );
}

/** A file of the bundle, and all that it imports at once. */
function withImports(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const { path, kind } of outputs[file]?.imports ?? []) {
    if (kind === 'import-statement' && outputs[path] !== undefined) withImports(path, found);
  }
  return found;
}

const entryOf = (source: string) =>
  Object.keys(outputs).find((file) => outputs[file]!.entryPoint === source)!;

const COMMANDS = readdirSync(join(ROOM, 'src/commands')).filter((name) => name !== 'log-level.ts');

/** What has to be there to read the command line. */
const LIGHT = ['cli', 'commander', 'contract', 'runtime', 'service console'];
const MAY_BE_LOADED: Readonly<Record<string, readonly string[]>> = {
  // Expressions are compiled, and frames printed, in the command.
  'tcpdump.ts': [...LIGHT, 'filter', 'wire'],
  // The way to a tool; names of ports. The engines are loaded where they run.
  'nc.ts': [...LIGHT, 'filter', 'tools'],
  'curl.ts': [...LIGHT, 'tools'],
  'iperf.ts': [...LIGHT, 'tools'],
};

describe('The start of a command', () => {
  it.each(['main.ts', ...COMMANDS])(
    'loads no library of the layers, NATS or config: %s',
    (name) => {
      const source = name === 'main.ts' ? 'src/main.ts' : `src/commands/${name}`;
      const allowed = MAY_BE_LOADED[name] ?? LIGHT;
      const rooms = [...roomsIn(withImports(entryOf(source)))];
      expect(rooms.filter((room) => !allowed.includes(room))).toEqual([]);
      // Of the packages of ours: names, without the codec and the driver.
      const octets = [...withImports(entryOf(source))].map((file) => outputs[file]!.bytes);
      expect(octets.reduce((sum, one) => sum + one, 0)).toBeLessThan(400_000);
    },
  );
});

/** Runs the bundle, and gives the rooms of the files that were loaded. */
async function roomsLoaded(...args: readonly string[]): Promise<Set<string>> {
  const coverage = mkdtempSync(join(folder, 'coverage-'));
  const run = `await (await import(${JSON.stringify(join(folder, 'main.mjs'))})).main(['node', 'strata', ...process.argv.slice(1)]);`;
  // What it answers, and its exit status, are other tests' business.
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', run, '--', ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], NODE_V8_COVERAGE: coverage },
  }).catch(() => undefined);
  const urls = readdirSync(coverage).flatMap((file) => {
    const { result } = JSON.parse(readFileSync(join(coverage, file), 'utf8')) as {
      result: { url: string }[];
    };
    return result.map(({ url }) => url);
  });
  const isLoaded = (file: string) => urls.some((url) => url.endsWith(`/${basename(file)}`));
  return roomsIn(Object.keys(outputs).filter(isLoaded));
}

describe('A command that asks', () => {
  it('a console loads nothing of the layers, NATS or config', async () => {
    const server = createServer((_, response) => response.end('{"lone":[]}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const rooms = await roomsLoaded('ss', '--api', `http://127.0.0.1:${port}`);
      expect([...rooms].filter((room) => !LIGHT.includes(room))).toEqual([]);
      expect(rooms).toContain('commander');
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it('the layers over NATS loads no reader of configs, where there is no config file', async () => {
    const nats: NatsServer = await startNatsServer();
    try {
      const rooms = await roomsLoaded('ss', '--nats', nats.url);
      expect(rooms).toContain('@nats-io/transport-node');
      expect(rooms).not.toContain('zod');
      expect(rooms).not.toContain('yaml');
    } finally {
      await nats.stop();
    }
  });
});
