/**
 * Builds the native addon: build/tap.node from native/*.c, with the C compiler of the machine and
 * the headers of the npm package node-api-headers. Nothing is downloaded.
 *
 * Not Linux: there is no addon, and the build succeeds; opening a device says why it cannot.
 * No C compiler: the same, with a warning, since all but the TAP runs without it; where CI or
 * STRATA_REQUIRE_TAP is set, it is an error.
 *
 * `node build.mjs --force` builds even if the addon is newer than its sources.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const here = import.meta.dirname;
const native = join(here, 'native');
const target = join(here, 'build', 'tap.node');
const required = process.env['STRATA_REQUIRE_TAP'] === '1' || process.env['CI'] === 'true';

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function findCompiler() {
  const named = process.env['CC'];
  const candidates = named ? [named] : ['cc', 'gcc', 'clang'];
  return candidates.find(
    (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
  );
}

function compile(compiler, sources, headers) {
  mkdirSync(join(here, 'build'), { recursive: true });
  // Made beside the target and renamed, so that a process that has the old one loaded keeps it.
  const unfinished = `${target}.${process.pid}`;
  const result = spawnSync(
    compiler,
    [
      ...['-shared', '-fPIC', '-pthread', '-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror'],
      ...['-fvisibility=hidden', '-isystem', headers, '-o', unfinished, ...sources],
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  if (result.status !== 0) {
    rmSync(unfinished, { force: true });
    console.error(
      'packages/tap: the native addon did not compile. It needs the C library and the Linux ' +
        'headers (Debian: apt install gcc libc6-dev; Alpine: apk add gcc musl-dev linux-headers).',
    );
    return 1;
  }
  renameSync(unfinished, target);
  return 0;
}

function main() {
  if (process.platform !== 'linux') {
    console.warn('packages/tap: TAP devices need Linux; no native addon is built here.');
    return 0;
  }
  const sources = readdirSync(native).map((name) => join(native, name));
  const newest = Math.max(...[...sources, join(here, 'build.mjs')].map(modified));
  if (modified(target) > newest && !process.argv.includes('--force')) return 0;
  const compiler = findCompiler();
  if (compiler === undefined) {
    console.warn(
      `packages/tap: no C compiler (${process.env['CC'] ?? 'cc, gcc, clang'}), so the TAP driver ` +
        'is not built. Install one (Debian: apt install gcc libc6-dev) and build again, or go on ' +
        'without a TAP device.',
    );
    return required ? 1 : 0;
  }
  const headers = createRequire(import.meta.url)('node-api-headers').include_dir;
  return compile(
    compiler,
    sources.filter((path) => path.endsWith('.c')),
    headers,
  );
}

process.exitCode = main();
