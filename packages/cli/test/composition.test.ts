import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Lifecycle, SILENT } from '@strata/runtime';
import { defaultConfig, validateConfig } from '@strata/runtime/config';
import { type Composition, readyLine, startComposition, withoutTaps } from '../src/index.ts';
import { runCli } from './run-cli.ts';

const config = withoutTaps(
  validateConfig(
    {
      wires: { lan: { tap: { address: '192.0.2.1/24' } } },
      stacks: {
        server: {
          interfaces: [{ wire: 'lan', addresses: ['192.0.2.2/24'] }],
          applications: { echo: {}, http: {} },
        },
        client: { interfaces: [{ wire: 'lan', addresses: ['192.0.2.3/24'] }] },
      },
      forwards: [
        { listen: '127.0.0.1:0', stack: 'client', to: '192.0.2.2:80' },
        { listen: '127.0.0.1:0', stack: 'client', to: '192.0.2.2:7' },
        { listen: '127.0.0.1:0', stack: 'client', to: '192.0.2.2:81' },
      ],
      console: { listen: '127.0.0.1:0' },
    },
    'the test',
  ),
);

/** Others may have the machine's processors just now. */
const PATIENCE_MS = 30_000;

let lifecycle: Lifecycle;
let composition: Composition;

beforeAll(async () => {
  lifecycle = new Lifecycle(SILENT);
  composition = await startComposition(config, lifecycle, SILENT);
  lifecycle.ready();
});

afterAll(() => lifecycle.drain());

const web = () => `http://127.0.0.1:${composition.forwards[0]!.port}`;

describe('strata up without a TAP', () => {
  it('serves the page through all layers of two stacks', async () => {
    const page = await fetch(`${web()}/`, { headers: { accept: 'application/json' } });
    expect(page.status).toBe(200);
    expect(await page.json()).toMatchObject({
      stack: 'server',
      connection: { remote: { address: '192.0.2.3' } },
    });
  });

  it(
    'carries 4 MB each way',
    async () => {
      const octets = 4_000_000;
      const down = Buffer.from(await (await fetch(`${web()}/bytes/${octets}`)).arrayBuffer());
      expect(down.byteLength).toBe(octets);
      expect([down[250], down[251], down[octets - 1]]).toEqual([250, 0, (octets - 1) % 251]);
      const up = await fetch(`${web()}/sha256`, { method: 'POST', body: down });
      expect(await up.text()).toBe(`${createHash('sha256').update(down).digest('hex')}\n`);
    },
    PATIENCE_MS,
  );

  it(
    'forwards the end of a side, and what comes behind it (half-close)',
    async () => {
      const socket = connect({ port: composition.forwards[1]!.port, allowHalfOpen: true });
      const text = Buffer.alloc(200_000, 'through two stacks and back\n');
      socket.end(text);
      const pieces: Buffer[] = [];
      for await (const piece of socket) pieces.push(piece);
      expect(Buffer.concat(pieces).equals(text)).toBe(true);
    },
    PATIENCE_MS,
  );

  it('resets a forwarded connection to a closed port', async () => {
    const socket = connect(composition.forwards[2]!.port);
    const code = await new Promise((resolve) => {
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
      socket.once('connect', () => socket.write('anybody there?'));
    });
    expect(code).toBe('ECONNRESET');
  });

  it('is healthy, says the console', async () => {
    const response = await fetch(`${composition.console.url}/healthz`);
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
  });

  it('shows every table of every stack in the console', async () => {
    for (const table of ['interfaces', 'neighbours', 'routes', 'sockets', 'counters', 'sysctl']) {
      const response = await fetch(`${composition.console.url}/api/${table}`);
      expect([table, response.status]).toEqual([table, 200]);
      expect(Object.keys((await response.json()) as object)).toEqual(['server', 'client']);
    }
  });

  it('names the addresses to try in its ready line', () => {
    const line = readyLine(config, composition);
    expect(line).toContain(`${web()}/ (192.0.2.2:80)`);
    expect(line).toContain(`console ${composition.console.url}/`);
  });
});

describe('strata trace', () => {
  /** Asks for pages until the command that watches them has ended. */
  async function whilePagesGoBy<Result>(command: Promise<Result>, octets = 100): Promise<Result> {
    let isOver = false;
    const over = command.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      await fetch(`${web()}/bytes/${octets}`).then((page) => page.arrayBuffer());
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return over;
  }

  it(
    'prints a line for each PDU, with its layer’s reading',
    async () => {
      const args = [
        'trace',
        '--api',
        composition.console.url,
        '--stack',
        'server',
        '--count',
        '40',
      ];
      const { status, stdout } = await whilePagesGoBy(runCli(...args));
      expect(status).toBe(0);
      const lines = stdout.trimEnd().split('\n');
      expect(lines).toHaveLength(40);
      for (const line of lines) {
        expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{6} server \S+ +[↓↑] \S+ +\S/);
      }
      expect(stdout).toMatch(/network\/transport .*192\.0\.2\.3\.\d+ > 192\.0\.2\.2\.80: Flags/);
      expect(stdout).toMatch(/transport\/application .*socket \d+ of application-/);
      expect(stdout).toMatch(/wire .*frame .*IPv4/);
    },
    PATIENCE_MS,
  );

  it(
    'prints JSON lines of one layer',
    async () => {
      const args = ['--layer', 'application', '--json', '--count', '5'];
      const command = runCli('trace', '--api', composition.console.url, ...args);
      const { stdout } = await whilePagesGoBy(command);
      const events = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(events.map(({ layer }) => layer)).toEqual(Array(5).fill('application'));
    },
    PATIENCE_MS,
  );

  it(
    'leaves credit out and says so once, and shows it where asked to',
    async () => {
      const args = ['--api', composition.console.url, '--layer', 'application', '--count', '1000'];
      const without = await whilePagesGoBy(runCli('trace', ...args), 1_000_000);
      expect(without.stdout).not.toContain(': credit ');
      expect(without.stdout.trimEnd().split('\n')).toHaveLength(1000);
      expect(without.stderr.split('credit PDUs are left out: --credit shows them')).toHaveLength(2);
      const all = await whilePagesGoBy(runCli('trace', '--credit', ...args), 1_000_000);
      expect(all.stdout).toMatch(/ credit +socket \d+ of \S+: credit up to \d+/);
      expect(all.stderr).not.toContain('left out');
    },
    PATIENCE_MS,
  );

  it(
    'writes so many frames to a pcapng file, whole',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'strata-cli-'));
      const file = join(folder, 'link.pcapng');
      const args = ['--pcapng', file, '--count', '7'];
      const command = runCli('trace', '--api', composition.console.url, ...args);
      const { status, stderr } = await whilePagesGoBy(command);
      expect(status).toBe(0);
      expect(stderr).toContain(file);
      const bytes = readFileSync(file);
      const types: number[] = [];
      let at = 0;
      for (; at < bytes.byteLength; at += bytes.readUInt32LE(at + 4))
        types.push(bytes.readUInt32LE(at));
      expect(at).toBe(bytes.byteLength);
      expect(types[0]).toBe(0x0a0d0d0a);
      expect(types.filter((type) => type === 6)).toHaveLength(7);
      rmSync(folder, { recursive: true });
    },
    PATIENCE_MS,
  );

  it('says what the console refuses', async () => {
    const { status, stderr } = await runCli(
      'trace',
      '--api',
      composition.console.url,
      '--stack',
      'nobody',
    );
    expect(status).toBe(1);
    expect(stderr).toContain('there is no stack nobody');
  });
});

describe('A start that fails', () => {
  let taken: Server;

  beforeAll(async () => {
    taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  });

  afterAll(() => new Promise((resolve) => taken.close(resolve)));

  it('leaves nothing running behind a port that is in use', async () => {
    const { port } = taken.address() as { port: number };
    const other = new Lifecycle(SILENT);
    const { forwards: _forwards, ...rest } = withoutTaps(defaultConfig());
    const busy = { ...rest, forwards: [], console: { listen: { host: '127.0.0.1', port } } };
    await expect(startComposition(busy, other, SILENT)).rejects.toMatchObject({
      code: 'EADDRINUSE',
      port,
    });
    await other.drain();
  });
});
