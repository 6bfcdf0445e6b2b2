import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { writeDockerServer } from './docker-server.mjs';

/** Thrown if no NATS server was found. The message says what to install. */
export class NoServerError extends Error {
  name = 'NoServerError';
  code = 'ERR_NO_NATS_SERVER';
}

const NAME = 'nats-server';

/**
 * The path of a nats-server program. It is looked for in this order:
 *
 * 1. `STRATA_NATS_SERVER`, if it is set;
 * 2. `PATH`, then `places.folders`;
 * 3. what an earlier run left in `places.cache`;
 * 4. Debian's package, unpacked into `places.cache`: nothing is installed, no service started;
 * 5. an image, through a docker engine that answers.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {{ folders: string[], cache: string }} places
 * @param {(line: string) => void} say  told about steps that take time
 * @returns {string}
 * @throws {NoServerError}
 */
export function findServer(env, places, say) {
  if (env.STRATA_NATS_SERVER) {
    if (isProgram(env.STRATA_NATS_SERVER)) return env.STRATA_NATS_SERVER;
    throw new NoServerError(`STRATA_NATS_SERVER=${env.STRATA_NATS_SERVER} is not a program`);
  }
  const cached = join(places.cache, NAME);
  const path = (env.PATH ?? '').split(delimiter);
  const found =
    findProgram(NAME, [...path, ...places.folders]) ??
    (isProgram(cached) ? cached : null) ??
    (findProgram('apt-get', path) && unpackDebian(env, places.cache, say)) ??
    (findProgram('docker', path) && useDocker(env, places.cache, say));
  if (found) return found;
  throw new NoServerError(
    'the tests need a NATS server, and none was found: install the package nats-server ' +
      '(apt-get install nats-server) or docker, or set STRATA_NATS_SERVER to the path of a nats-server',
  );
}

function findProgram(name, folders) {
  for (const folder of folders) {
    const path = join(folder, name);
    if (folder && isProgram(path)) return path;
  }
  return null;
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Fetches Debian's package and takes the program out of it. Null if that fails. */
function unpackDebian(env, cache, say) {
  say('no nats-server here: fetching the Debian package nats-server');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'deb-'));
  const run = (...command) => runQuietly(command, { cwd: folder, env });
  try {
    const download = ['apt-get', '-q', '-o', 'APT::Sandbox::User=root', 'download', NAME];
    // The package lists may be missing or old. Only root can renew them.
    const fetched =
      run(...download) ||
      (process.getuid() === 0 && run('apt-get', '-q', 'update') && run(...download));
    const [deb] = readdirSync(folder);
    if (!fetched || !deb || !run('dpkg-deb', '-x', deb, '.')) return null;
    const server = join(cache, NAME);
    renameSync(join(folder, 'usr/sbin', NAME), server);
    return isProgram(server) ? server : null;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * A script that runs the server's image. Null if no engine answers or the image cannot be pulled.
 */
function useDocker(env, cache, say) {
  const image = env.NATS_IMAGE || 'nats:2-alpine';
  if (!runQuietly(['docker', 'version'], { env })) return null;
  if (!runQuietly(['docker', 'image', 'inspect', image], { env })) {
    say(`no nats-server here: pulling the image ${image}`);
    if (!runQuietly(['docker', 'pull', '-q', image], { env })) return null;
  }
  say(`no nats-server here: using the image ${image}`);
  mkdirSync(cache, { recursive: true });
  return writeDockerServer(join(cache, 'nats-server-in-docker'), image);
}

function runQuietly([program, ...args], options) {
  return spawnSync(program, args, { ...options, stdio: 'ignore' }).status === 0;
}
