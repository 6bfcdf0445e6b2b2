import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { progressLine } from '../src/curl/progress.ts';
import { runCliWithInput } from './run-cli.ts';
import { COMPOSITIONS, type RunningStacks } from './support/compositions.ts';

const SERVER = 'http://192.0.2.2';
const folder = mkdtempSync(join(tmpdir(), 'strata-curl-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string) => join(folder, name);
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');

it.each([
  [100, undefined, 1000, '100, 100/s'],
  [5_000_000, 10_000_000, 1000, '50% of 9.5M, 4.8M/s, 0:01 left'],
  [0, 10_000_000, 1000, '0% of 9.5M, 0/s'],
])('A progress line: %i of %s octets', (octets, total, elapsedMs, line) => {
  expect(progressLine(octets, total, elapsedMs)).toBe(line);
});

describe.each(COMPOSITIONS)('strata curl %s', (_name, start) => {
  let stacks: RunningStacks;
  beforeAll(async () => {
    stacks = await start();
  });
  afterAll(() => stacks.stop());

  const curl = (...args: string[]) => runCliWithInput('', 'curl', ...stacks.target, ...args);

  it('stores a body, and prints the figures', async () => {
    const url = `${SERVER}/bytes/1000000`;
    const format = '%{http_code} %{size_download} %{exitcode}%%\\n';
    const { stdout, status } = await curl('-s', '-o', file('body'), '-w', format, url);
    expect(stdout).toBe('200 1000000 0%\n');
    expect(status).toBe(0);
    const body = readFileSync(file('body'));
    const { stdout: hash } = await curl('-s', '-T', file('body'), '-X', 'POST', `${SERVER}/sha256`);
    expect(hash.trim()).toBe(sha256(body));
    const { stdout: direct } = await curl('-s', url);
    expect(sha256(Buffer.from(direct, 'latin1'))).toBe(sha256(body));
  });

  it('sends standard input, and forms', async () => {
    const url = `${SERVER}/echo`;
    const upload = ['curl', ...stacks.target, '-s', '-T', '-', '-X', 'POST', url];
    expect((await runCliWithInput('from the input', ...upload)).stdout).toBe('from the input');
    writeFileSync(file('data'), 'a\nb\n');
    expect((await curl('-s', '-d', 'x=1', '-d', `@${file('data')}`, url)).stdout).toBe('x=1&ab');
    expect((await curl('-s', '--data-binary', `@${file('data')}`, url)).stdout).toBe('a\nb\n');
  });

  it('says with -v what goes over the connection', async () => {
    const { stderr } = await curl(
      '-v',
      '-H',
      'X-A: b',
      '-H',
      'Accept:',
      '-u',
      'me:pw',
      `${SERVER}/bytes/1`,
    );
    expect(stderr).toMatch(/^\* {3}Trying 192\.0\.2\.2:80\.\.\.\n\* Connected to 192\.0\.2\.2 /);
    expect(stderr).toContain(
      '\n> GET /bytes/1 HTTP/1.1\n> Host: 192.0.2.2\n> Authorization: Basic bWU6cHc=\n',
    );
    expect(stderr).toContain('\n> X-A: b\n> \n< HTTP/1.1 200 OK\n');
    expect(stderr).not.toContain('Accept:');
  });

  it('shows headers with -i, and alone with -I; a part with -r', async () => {
    const { stdout } = await curl('-s', '-i', '-r', '0-4', `${SERVER}/bytes/10`);
    expect(stdout).toMatch(/^HTTP\/1\.1 206 Partial Content\r\n[\s\S]*\r\n\r\n[\s\S]{5}$/);
    expect((await curl('-s', '-I', `${SERVER}/bytes/10`)).stdout).toMatch(
      /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n$/,
    );
  });

  it("has curl's status and message for a failure, which -s leaves out and -S keeps", async () => {
    const refused = `${SERVER}:8/`;
    const { stderr, status } = await curl(refused);
    expect(stderr).toMatch(/^curl: \(7\) Failed to connect to 192\.0\.2\.2 port 8 after \d+ ms: /);
    expect(status).toBe(7);
    expect((await curl('-s', refused)).stderr).toBe('');
    expect((await curl('-sS', refused)).stderr).toMatch(/^curl: \(7\)/);
    const failed = await curl('-f', '-o', file('none'), `${SERVER}/nothing`);
    expect(failed.stderr).toBe('curl: (22) The requested URL returned error: 404\n');
    expect(failed.status).toBe(22);
    expect(existsSync(file('none'))).toBe(false);
    const unwritable = await curl('-o', file('no/such'), `${SERVER}/bytes/1`);
    expect(unwritable.stderr).toContain('curl: (23) Failed to write');
    expect(unwritable.status).toBe(23);
  });

  it('takes an address for a name', async () => {
    const name = ['--resolve', 'www.example:80:192.0.2.2', 'http://www.example/bytes/1'];
    expect(
      (await curl('-s', '-o', '/dev/null', '-w', '%{remote_ip} %{json}', ...name)).stdout,
    ).toMatch(/^192\.0\.2\.2 \{"http_code":200,/);
  });

  it.each([
    [['-H', 'nothing', SERVER], 'It should look like "Name: value".', 2],
    [['-O', `${SERVER}/`], '-O: http://192.0.2.2/ ends in no name: give one with -o', 1],
    [['-T', '/no/such', SERVER], 'cannot read /no/such: ENOENT', 1],
    [['-T', 'a', '-d', 'b', SERVER], '-d and -T both give the body', 2],
    [[], "missing required argument 'url'", 2],
  ])('refuses %j', async (args, message, expected) => {
    const { stderr, status } = await curl(...args);
    expect(stderr).toContain(message);
    expect(status).toBe(expected);
  });
});
