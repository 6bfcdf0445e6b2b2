import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findServer } from '../nats/find-server.mjs';

const command = fileURLToPath(new URL('../with-nats.mjs', import.meta.url));

let folder;
let said;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strata-nats-'));
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes a shell script of that name into its own folder. Returns the folder. */
function program(name, script = 'exit 0', dir = name) {
  const path = join(folder, dir);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, name), `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
  chmodSync(join(path, name), 0o755);
  return path;
}

function find(env, folders = []) {
  return findServer(env, { folders, cache: join(folder, 'cache') }, (line) => said.push(line));
}

describe('findServer', () => {
  it('prefers STRATA_NATS_SERVER', () => {
    const path = program('nats-server');
    const own = join(program('my-server'), 'my-server');
    expect(find({ STRATA_NATS_SERVER: own, PATH: path })).toBe(own);
  });

  it('refuses a STRATA_NATS_SERVER that is not a program, even if another server exists', () => {
    const path = program('nats-server');
    expect(() => find({ STRATA_NATS_SERVER: '/nowhere', PATH: path })).toThrow(
      'STRATA_NATS_SERVER=/nowhere is not a program',
    );
  });

  it('searches PATH, and then the usual folders', () => {
    const first = program('nats-server', '', 'first');
    const second = program('nats-server', '', 'second');
    expect(find({ PATH: `/nowhere:${first}` }, [second])).toBe(join(first, 'nats-server'));
    expect(find({ PATH: '/nowhere' }, [second])).toBe(join(second, 'nats-server'));
  });

  it("takes the server out of Debian's package, and keeps it", () => {
    const path = program('apt-get', 'case "$*" in *download*) touch nats-server.deb;; esac', 'bin');
    program(
      'dpkg-deb',
      'mkdir -p usr/sbin; printf x >usr/sbin/nats-server; chmod +x usr/sbin/nats-server',
      'bin',
    );
    const server = find({ PATH: path });
    expect(readFileSync(server, 'utf8')).toBe('x');
    expect(said).toEqual(['no nats-server here: fetching the Debian package nats-server']);
    expect(find({ PATH: '/nowhere' })).toBe(server);
  });

  it('falls back to docker if an engine answers, and passes the arguments on', () => {
    const path = program('docker', `printf '%s\\n' "$@" >${folder}/arguments`, 'bin');
    program('apt-get', 'exit 100', 'bin');
    const server = find({ PATH: path, NATS_IMAGE: 'nats:test' });
    spawnSync(server, ['-p', '1 2'], { env: { PATH: `${path}:${process.env.PATH}` } });
    const passed = readFileSync(join(folder, 'arguments'), 'utf8').split('\n');
    expect(passed.slice(0, 3)).toEqual(['run', '--rm', '-i']);
    expect(passed).toContain('nats:test');
    expect(passed.slice(-4)).toEqual(['nats-server', '-p', '1 2', '']);
  });

  it('fails and says what to install if neither apt-get nor docker works', () => {
    const path = program('docker', 'exit 1', 'bin');
    program('apt-get', 'exit 100', 'bin');
    expect(() => find({ PATH: path })).toThrow(/install the package nats-server .* or docker/);
  });
});

describe('with-nats', () => {
  const run = (args, env) =>
    spawnSync(process.execPath, [command, ...args], { env, encoding: 'utf8' });
  const env = () => ({ PATH: process.env.PATH, STRATA_NATS_SERVER: join(program('s'), 's') });

  it('gives the command the path, and returns its exit code', () => {
    const given = env();
    const { status, stdout } = run(['sh', '-c', 'echo $STRATA_NATS_SERVER; exit 3'], given);
    expect(stdout.trim()).toBe(given.STRATA_NATS_SERVER);
    expect(status).toBe(3);
  });

  it('exits 1 without running the command if there is no server', () => {
    const ran = join(folder, 'ran');
    const { status, stderr } = run(['touch', ran], { ...env(), STRATA_NATS_SERVER: '/nowhere' });
    expect(status).toBe(1);
    expect(stderr).toBe('with-nats: STRATA_NATS_SERVER=/nowhere is not a program\n');
    expect(existsSync(ran)).toBe(false);
  });

  it('exits 127 if the command does not exist', () => {
    expect(run(['/nowhere/command'], env()).status).toBe(127);
  });

  it('passes SIGTERM on to the command, and ends in the same way', async () => {
    const script = "trap 'exit 7' TERM; echo up; while :; do sleep 0.05; done";
    const child = spawn(process.execPath, [command, 'sh', '-c', script], { env: env() });
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([7, null]);
  });

  it('reports a command killed by a signal as a shell does', () => {
    expect(run(['sh', '-c', 'kill -KILL $$'], env()).status).toBe(137);
  });
});
