import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@strata/conformance';
import { parseConfig } from '@strata/runtime/config';
import { parseLab } from '@strata/runtime/lab';
import { runCli } from '../run-cli.ts';
import { startLab } from './start-lab.ts';

const LAB = `title: A test
hosts: { left: { gateway: 10.0.2.2, applications: { echo: {} } }, right: {} }
switches: { joined: { udp: { listen: '127.0.0.1:0', peer: '127.0.0.1:9' }, ends: { left, right } } }
links:
  wire:
    impairment: { delayMs: 1 }
    ends: { left: , right: { impairment: { out: { delayMs: 2 } } } }
`;

const folder = mkdtempSync(join(tmpdir(), 'strata-lab-'));
const file = join(folder, 'test.yaml');
let port: string;
let stop: () => Promise<void>;

beforeAll(async () => {
  writeFileSync(file, LAB);
  ({ port, stop } = await startLab(parseLab(LAB, file)));
});

afterAll(async () => {
  await stop();
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

describe('strata lab link', () => {
  const link = (...words: string[]) => runCli('lab', 'link', '--console', port, ...words);
  const connect = () =>
    runCli('lab', 'exec', '--console', port, 'right', '--', 'nc', '-z', '-w', '1', '10.0.2.1', '7');
  const impairmentOf = async (host: string) => {
    const query = `stack=${host}&interface=eth1`;
    const answer = await fetch(`http://127.0.0.1:${port}/api/impairment?${query}`);
    return (await answer.json()) as { readonly delayMs: number; readonly lossRatio: number };
  };

  it('takes a link down, and up with the impairments that it had', async () => {
    expect((await link()).stdout).toBe('joined up\nwire up\n');
    expect(await connect()).toMatchObject({ status: 0 });
    expect((await link('wire', 'down')).stdout).toBe('wire down\n');
    expect(await connect()).toMatchObject({ status: 1 });
    expect((await link()).stdout).toBe('joined up\nwire down\n');
    // Twice is as once.
    expect((await link('wire', 'down')).status).toBe(0);
    expect((await link('wire', 'up')).stdout).toBe('wire up\n');
    expect(await connect()).toMatchObject({ status: 0 });
    expect(await impairmentOf('left')).toMatchObject({ delayMs: 1, lossRatio: 0 });
    expect(await impairmentOf('right')).toMatchObject({ delayMs: 2, lossRatio: 0 });
  });

  it('refuses an unknown link, and an unknown state', async () => {
    for (const words of [['wier'], ['wier', 'down']]) {
      const { status, stderr } = await link(...words);
      expect([status, stderr]).toEqual([1, expect.stringContaining('did you mean wire?')]);
    }
    expect((await link('wire', 'dwon')).stderr).toContain('It should be one of: down, up');
  });
});

describe('strata lab flood', () => {
  const flood = (...words: string[]) => runCli('lab', 'flood', '--console', port, ...words);

  it('sends as many SYNs as it is told to, from spoofed sources', async () => {
    const sent = await flood('right', '10.0.2.1', '7', '--count', '20', '--rate', '2000');
    expect(sent).toMatchObject({ status: 0, stdout: '20 SYNs sent to 10.0.2.1:7\n' });
    const halfOpen = async () => {
      const { stdout } = await runCli('lab', 'exec', '--console', port, 'left', '--', 'ss', '-ta');
      return stdout.match(/SYN-RECV .* 198\.1[89]\./g)?.length;
    };
    await until('all have arrived', async () => (await halfOpen()) === 20);
  });

  it.each([
    ['a wire that leaves the lab', ['right', '10.0.1.1', '7'], 'joined has a udp'],
    [
      'a target that is no neighbour',
      ['right', '198.51.100.1', '7'],
      'a flood goes to a neighbour',
    ],
    ['what is no address', ['right', 'left', '7'], 'it must be an IPv4 address'],
    ['an unknown host', ['rigth', '10.0.2.1', '7'], 'did you mean right?'],
  ])('refuses %s', async (_, words, why) => {
    const { status, stderr } = await flood(...words);
    expect([status, stderr]).toEqual([1, expect.stringContaining(why)]);
  });

  it('refuses more than its bounds', async () => {
    const { status, stderr } = await flood('right', '10.0.2.1', '7', '--count', '100001');
    expect([status, stderr]).toEqual([2, expect.stringContaining('from 1 to 100000')]);
  });
});

describe('strata lab check', () => {
  it('counts the parts of a lab', async () => {
    const { stdout } = await runCli('lab', 'check', file);
    expect(stdout).toBe(`${file} is right: 2 hosts, 1 switch, 1 link\n`);
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
    expect([stdout, stderr]).toEqual([
      `${example} is right: 2 hosts, 1 router, 1 switch, 1 link\n`,
      '',
    ]);
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
