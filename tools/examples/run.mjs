import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** An example takes a second or two, most of it to start the process. */
const TIMEOUT_MS = 60_000;

/**
 * Makes a folder with these files. Programs in it can import the repository's packages.
 *
 * @param {Record<string, string>} files  text by path
 * @returns {{ folder: string, remove(): void }}
 */
function makeFolder(files) {
  const folder = mkdtempSync(join(tmpdir(), 'strata-example-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}

/**
 * Runs a program from the packages' sources, in the repository's root folder.
 *
 * @param {string} code  TypeScript
 * @returns {Promise<{ status: number | null, stdout: string, stderr: string }>} `status` null: it
 * was killed
 */
export async function runProgram(code) {
  const { folder, remove } = makeFolder({ 'example.ts': code });
  try {
    const flags = ['--conditions=@strata/source', '--import', 'tsx', join(folder, 'example.ts')];
    const child = spawn(process.execPath, flags, {
      cwd: root,
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (text) => {
        said[name] += text;
      });
    }
    const [status] = await once(child, 'close');
    return { status, ...said };
  } finally {
    remove();
  }
}

/**
 * Compiles programs with the settings of the packages' tests.
 *
 * @param {Record<string, string>} programs  TypeScript by file name
 * @returns {string} what the compiler reports; empty if there are no errors
 */
export function checkTypes(programs) {
  const config = {
    extends: join(root, 'tsconfig.check.json'),
    compilerOptions: { rootDir: '/', typeRoots: [join(root, 'node_modules/@types')] },
    files: Object.keys(programs),
    include: [],
  };
  const { folder, remove } = makeFolder({ ...programs, 'tsconfig.json': JSON.stringify(config) });
  const tsc = join(root, 'node_modules/.bin/tsc');
  const { error, stdout } = spawnSync(tsc, ['-p', folder, '--pretty', 'false'], {
    encoding: 'utf8',
  });
  remove();
  if (error) throw error;
  return stdout;
}
