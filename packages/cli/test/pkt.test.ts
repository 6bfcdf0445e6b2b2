import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'strata-pkt-'));
const RIGHT = `\`./defaults.sh\`
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 < S 0:0(0) win 9
+0 > R. 0:0(0) ack 1
`;

afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(() => {
  mkdirSync(join(folder, 'all', 'below'), { recursive: true });
  for (const name of ['all', 'all/below']) {
    writeFileSync(join(folder, name, 'defaults.sh'), 'sysctl -q net.ipv4.tcp_sack=0\n');
  }
  writeFileSync(join(folder, 'all/b.pkt'), RIGHT);
  writeFileSync(join(folder, 'all/below/a.pkt'), RIGHT);
  writeFileSync(join(folder, 'wrong.pkt'), RIGHT.replace('ack 1', 'ack 2'));
  writeFileSync(join(folder, 'ipv6.pkt'), `--ip_version=ipv6\n${RIGHT}`);
});

describe('strata pkt', () => {
  it('runs the scripts in a folder, a line each, and exits 0 when all passed', async () => {
    const { status, stdout } = await runCli('pkt', join(folder, 'all'));
    expect(stdout.split('\n')).toEqual([
      `passed      ${folder}/all/b.pkt`,
      `passed      ${folder}/all/below/a.pkt`,
      '2 passed, 0 failed',
      '',
    ]);
    expect(status).toBe(0);
  });

  it('skips what is not a file in a folder, and refuses a file without an end', async () => {
    const odd = join(folder, 'odd');
    mkdirSync(odd);
    writeFileSync(join(odd, 'defaults.sh'), '');
    writeFileSync(join(odd, 'a.pkt'), RIGHT);
    execFileSync('mkfifo', [join(odd, 'fifo.pkt')]);
    symlinkSync('/nowhere/at/all', join(odd, 'dangling'));
    symlinkSync('/dev/zero', join(odd, 'zero.pkt'));
    const { status, stdout } = await runCli('pkt', odd);
    expect(stdout).toContain('1 passed, 0 failed');
    expect(status).toBe(0);
    const { stderr } = await runCli('pkt', '/dev/zero');
    expect(stderr).toContain('cannot read /dev/zero: it has more than 1,048,576 octets');
  });

  it('reports where a script failed, the actual packet and the unused set-up, and exits 1', async () => {
    const { status, stdout } = await runCli('pkt', join(folder, 'wrong.pkt'));
    const file = `${folder}/wrong.pkt`;
    expect(stdout.split('\n')).toEqual([
      `failed      ${file}`,
      `  ${file}:4: the acknowledgment is 1, not 2`,
      '    expected: > R. 0:0(0) ack 2',
      '    actual:   > R. 0:0(0) ack 1 win 0',
      `unsupported: file ./defaults.sh (not there) (${file}:1)`,
      '0 passed, 1 failed',
      '',
    ]);
    expect(status).toBe(1);
  });

  it('counts unsupported scripts separately, and not as passed', async () => {
    const { status, stdout } = await runCli('pkt', join(folder, 'ipv6.pkt'), join(folder, 'all'));
    expect(stdout).toContain(`${folder}/ipv6.pkt:1: not supported: IPv6`);
    expect(stdout).toMatch(/\n2 passed, 0 failed, 1 unsupported\n$/);
    expect(status).toBe(1);
  });

  it('prints JSON objects when asked to', async () => {
    const { stdout } = await runCli('pkt', '--json', join(folder, 'wrong.pkt'));
    const [script, summary] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(script).toMatchObject({
      verdict: 'failed',
      line: 4,
      message: 'the acknowledgment is 1, not 2',
    });
    expect(summary).toEqual({ passed: 0, failed: 1, unsupported: 0 });
  });

  it('reports that there are no scripts', async () => {
    expect(await runCli('pkt', join(folder, 'nowhere.pkt'))).toMatchObject({ status: 1 });
    mkdirSync(join(folder, 'empty'));
    const { status, stderr } = await runCli('pkt', join(folder, 'empty'));
    expect(stderr).toContain('there are no scripts (*.pkt) in');
    expect(status).toBe(1);
  });
});
