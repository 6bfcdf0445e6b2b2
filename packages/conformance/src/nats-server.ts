import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

export interface NatsServerOptions {
  /** Default: a free port. */
  readonly port?: number | undefined;
  /** Default: loopback only. */
  readonly host?: string | undefined;
  /** Whether JetStream is on, with its files in the temporary directory. Default false. */
  readonly jetStream?: boolean | undefined;
}

const START_MS = 10_000;
const POLL_MS = 10;

/**
 * Runs the server while standard input is open. So the server ends when its parent ends, in any
 * way, and its directory is removed. The word `keep` leaves the directory for the next start.
 */
const KEEPER = `"$@" & pid=$!
word=$(cat)
kill -TERM $pid 2>/dev/null
wait $pid
[ "$word" = keep ] || rm -rf "$STRATA_NATS_DIRECTORY"`;

/** A NATS server for one test. */
export class NatsServer {
  readonly #options: NatsServerOptions;
  readonly #directory = mkdtempSync(join(tmpdir(), 'strata-nats-'));
  #port: number;
  #keeper: ChildProcess | undefined;

  /** Use {@link startNatsServer} instead. */
  constructor(options: NatsServerOptions) {
    this.#options = options;
    this.#port = options.port ?? -1;
  }

  /** `nats://host:port`; the same after a restart. */
  get url(): string {
    return `nats://${this.#options.host ?? '127.0.0.1'}:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  /** Starts the server again, on the same port. Resolves when it accepts connections. */
  async start(): Promise<void> {
    if (this.#keeper !== undefined) return;
    const binary = findNatsServer();
    this.#clearPortsFiles();
    const args = ['-a', this.#options.host ?? '127.0.0.1', '-p', `${this.#port}`];
    args.push('--ports_file_dir', this.#directory);
    if (this.#options.jetStream) args.push('-js', '-sd', join(this.#directory, 'jetstream'));
    const keeper = spawn('sh', ['-c', KEEPER, 'sh', binary, ...args], {
      stdio: ['pipe', 'ignore', 'ignore'],
      // In its own process group: Ctrl-C ends the test, and the end of the test ends the server.
      detached: true,
      env: { ...process.env, STRATA_NATS_DIRECTORY: this.#directory },
    });
    this.#keeper = keeper;
    try {
      this.#port = await this.#readPort();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Stops the server. Its port and its data stay for start(). */
  async halt(): Promise<void> {
    await this.#end('keep');
  }

  /** Stops the server and starts it again on the same port. */
  async restart(): Promise<void> {
    await this.halt();
    await this.start();
  }

  /** Stops the server for good, and removes its data. */
  async stop(): Promise<void> {
    await this.#end('');
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #end(word: string): Promise<void> {
    const keeper = this.#keeper;
    this.#keeper = undefined;
    if (keeper === undefined) return;
    const ended =
      keeper.exitCode !== null || keeper.signalCode !== null
        ? Promise.resolve()
        : new Promise<void>((resolve) => keeper.once('exit', () => resolve()));
    keeper.stdin?.end(word);
    await ended;
  }

  #portsFiles(): string[] {
    return readdirSync(this.#directory).filter((name) => name.endsWith('.ports'));
  }

  #clearPortsFiles(): void {
    for (const name of this.#portsFiles()) rmSync(join(this.#directory, name));
  }

  /** Reads the port from the file that the server writes when it is ready. */
  async #readPort(): Promise<number> {
    const deadlineMs = performance.now() + START_MS;
    while (performance.now() < deadlineMs) {
      const port = this.#portInFile();
      if (port !== undefined) return port;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    throw new Error(`nats-server was not ready in ${START_MS} ms (port ${this.#port} taken?)`);
  }

  #portInFile(): number | undefined {
    const [name] = this.#portsFiles();
    if (name === undefined) return undefined;
    try {
      const ports: { nats: string[] } = JSON.parse(
        readFileSync(join(this.#directory, name), 'utf8'),
      );
      return Number(new URL(ports.nats[0]!).port);
    } catch {
      // The file is not complete yet.
      return undefined;
    }
  }
}

/**
 * Starts a NATS server on loopback with its own temporary directory; by default on a free port. The
 * program is $STRATA_NATS_SERVER, else `nats-server` on the PATH or in /usr/sbin. Throws if there
 * is none; the message says what to install. If stop() is not called, the server ends with this
 * process.
 */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  // Throws before anything is made that would have to be removed.
  findNatsServer();
  const server = new NatsServer(options);
  await server.start();
  return server;
}

/** The path of the NATS server. Throws if there is none. */
export function findNatsServer(): string {
  const given = process.env['STRATA_NATS_SERVER'];
  if (given) {
    if (isExecutable(given)) return given;
    throw new Error(`STRATA_NATS_SERVER is ${given}: not a program`);
  }
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
  for (const directory of directories) {
    const path = join(directory, 'nats-server');
    if (directory !== '' && isExecutable(path)) return path;
  }
  throw new Error(
    'no nats-server found: install it (Debian, Ubuntu: apt-get install nats-server), or set STRATA_NATS_SERVER to its path',
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A free TCP port on loopback. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
