import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Lifecycle, SILENT } from '@strata/runtime';
import { parseConfig } from '@strata/runtime/config';
import { parseLab } from '@strata/runtime/lab';
import { startComposition } from '../../src/up/composition.ts';
import { runCli } from '../run-cli.ts';

const LAB = `title: A test
hosts: { left: { applications: { echo: {} } }, right: {} }
links: { wire: { ends: { left, right } } }
`;

const folder = mkdtempSync(join(tmpdir(), 'strata-lab-'));
const file = join(folder, 'test.yaml');
const lifecycle = new Lifecycle(SILENT);
let port: string;

beforeAll(async () => {
  writeFileSync(file, LAB);
  const { config } = parseLab(LAB, file);
  const free = { ...config, console: { listen: { host: '127.0.0.1', port: 0 } } };
  const { console } = await startComposition(free, lifecycle, SILENT);
  port = new URL(console.url).port;
});

afterAll(async () => {
  await lifecycle.drain();
  rmSync(folder, { recursive: true });
});

describe('strata lab exec', () => {
  const exec = (...words: string[]) => runCli('lab', 'exec', '--console', port, ...words);

  it.each([
    ['after --', ['left', '--', 'ss', '-tl']],
    ['without --', ['left', 'ss', '-tl']],
  ])('runs a command on a host: %s', async (_, words) => {
    const { status, stdout } = await exec(...words);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^tcp +LISTEN +0 +511 +0\.0\.0\.0:7 /m);
  });

  it('runs it on that host only', async () => {
    const { stdout } = await exec('right', '--', 'ss', '-tl');
    expect(stdout).not.toContain('LISTEN');
  });

  it('says which hosts there are', async () => {
    const { status, stderr } = await exec('lefd', '--', 'ss');
    expect(status).toBe(1);
    expect(stderr).toContain(
      `there is no host or router lefd in the lab at http://127.0.0.1:${port}; there is: left, right`,
    );
  });

  it('says that no lab runs', async () => {
    const { status, stderr } = await runCli('lab', 'exec', '--console', '9', 'left', '--', 'ss');
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining('no console at http://127.0.0.1:9'),
    ]);
  });

  it('refuses an unknown command', async () => {
    const { status, stderr } = await exec('left', '--', 'sss');
    expect([status, stderr]).toEqual([2, expect.stringContaining("unknown command 'sss'")]);
  });
});

describe('strata lab check', () => {
  it('counts the parts of a lab', async () => {
    const { stdout } = await runCli('lab', 'check', file);
    expect(stdout).toBe(`${file} is right: 2 hosts, 1 link\n`);
  });

  it('lists the faults of a lab', async () => {
    const faulty = join(folder, 'faulty.yaml');
    writeFileSync(faulty, 'hosts: { a, b }\nlinks: { l: { mtu: 1, ends: { a, c } } }');
    const { status, stderr } = await runCli('lab', 'check', faulty);
    expect(status).toBe(1);
    expect(stderr).toContain('links.l.mtu: 1 should be a whole number from 68 to 65521 octets\n');
    expect(stderr).toContain('links.l.ends.c: there is no host or router c; defined: a, b\n');
  });

  it('says which ready labs there are', async () => {
    const { status, stderr } = await runCli('lab', 'check', 'two-host');
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /there is no lab two-host, and no such file; .*did you mean two-hosts\?/,
    );
  });
});

describe('The example of docs/labs.md', () => {
  it('is right', async () => {
    const page = readFileSync(new URL('../../../../docs/labs.md', import.meta.url), 'utf8');
    const example = join(folder, 'example.yaml');
    writeFileSync(example, /^```yaml\n([\s\S]*?)^```$/m.exec(page)![1]!);
    const { stdout, stderr } = await runCli('lab', 'check', example);
    expect([stdout, stderr]).toEqual([`${example} is right: 3 hosts, 1 switch, 1 link\n`, '']);
  });
});

describe('strata lab list', () => {
  it('lists the ready labs with their titles', async () => {
    const { stdout } = await runCli('lab', 'list');
    expect(stdout).toMatch(/^two-hosts +Two hosts and a switch$/m);
  });
});

describe('strata lab config', () => {
  it('prints the config that the lab is', async () => {
    const { stdout } = await runCli('lab', 'config', file);
    expect(parseConfig(stdout, 'the output')).toEqual(parseLab(LAB, file).config);
  });
});
