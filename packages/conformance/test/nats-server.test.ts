import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNatsServer, startNatsServer, until } from '@strata/conformance';

/** Whether something accepts connections on the port. */
function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

const directories = () => readdirSync(tmpdir()).filter((name) => name.startsWith('strata-nats-'));

describe('a NATS server of a test', () => {
  it('keeps its port over a restart and leaves nothing when it stops', async () => {
    const before = new Set(directories());
    const server = await startNatsServer();
    const { port, url } = server;
    expect(url).toBe(`nats://127.0.0.1:${port}`);
    expect(await listens(port)).toBe(true);
    await server.halt();
    expect(await listens(port)).toBe(false);
    await server.start();
    expect(server.url).toBe(url);
    expect(await listens(port)).toBe(true);
    const made = directories().filter((name) => !before.has(name));
    expect(made.length).toBeGreaterThan(0);
    await server.stop();
    await server.stop();
    expect(await listens(port)).toBe(false);
  });

  it('ends with its starter, even by SIGKILL, and its directory is removed', async () => {
    const script = `
      import { startNatsServer } from '@strata/conformance';
      const { port } = await startNatsServer({ jetStream: true });
      console.log(port);
    `;
    const flags = ['--conditions', '@strata/source', '--import', 'tsx', '--input-type=module'];
    const before = new Set(directories());
    const starter = spawn(process.execPath, [...flags, '-e', script], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const [line] = await once(starter.stdout, 'data');
    const port = Number(String(line));
    expect(await listens(port)).toBe(true);
    const made = directories().filter((name) => !before.has(name));
    starter.kill('SIGKILL');
    await until('the end of the server', async () => !(await listens(port)));
    // Others may run servers at the same time: one of the new directories is ours.
    await until('the end of its directory', () =>
      made.some((name) => !existsSync(join(tmpdir(), name))),
    );
  }, 30_000);

  it('reports that the given server is not a program', () => {
    const { STRATA_NATS_SERVER: given } = process.env;
    try {
      process.env['STRATA_NATS_SERVER'] = '/nonexistent/nats-server';
      expect(() => findNatsServer()).toThrow('STRATA_NATS_SERVER is /nonexistent/nats-server');
    } finally {
      if (given === undefined) delete process.env['STRATA_NATS_SERVER'];
      else process.env['STRATA_NATS_SERVER'] = given;
    }
  });
});
