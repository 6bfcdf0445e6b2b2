/** Configs and options that are right one by one, and not together. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'strata-options-'));

afterAll(() => rmSync(folder, { recursive: true }));

let made = 0;
function file(yaml: string): string {
  made += 1;
  const path = join(folder, `${made}.yaml`);
  writeFileSync(path, yaml);
  return path;
}

const STACK = 'interfaces: [ { wire: lan, addresses: [192.0.2.2/24] } ]';
const NO_FOLDER = `stacks: { s: { ${STACK}, applications: { http: { files: /nowhere } } } }`;
const NO_TAP = 'wires: { lan: {} }';
const TWO_TAPS = `wires: { lan: { tap: { netns: a } }, wan: { tap: { netns: b } } }`;

describe('A command refuses, with status 1 and before anything runs,', () => {
  // biome-ignore format: a table reads best with one row a line
  it.each([
    ['a forward on the port of the console', '', ['up', '--http-port', '7777'], 'forwards[0].listen: 127.0.0.1:7777 is already in use by console.listen: should be another port'],
    ['a console on the port of a forward', '', ['up', '--console-port', '8080'], 'forwards[0].listen: 127.0.0.1:8080 is already in use by console.listen'],
    ['a namespace for no TAP', NO_TAP, ['up', '--netns', 'x'], '--netns: the config has no TAP'],
    ['one name for two TAPs in one namespace', TWO_TAPS, ['up', '--netns', 'x'], 'wires.wan.tap.name: strata0 is already the name of wires.lan.tap.name in namespace x'],
    ['a folder that is not there', NO_FOLDER, ['up', '--no-tap'], "stacks.s.applications.http.files: '/nowhere' does not exist"],
    ['a folder that is not there, of the application', NO_FOLDER, ['service', 'application'], "stacks.s.applications.http.files: '/nowhere' does not exist"],
    ['health on the port of the console, in its process', '', ['service', 'console', '--health-port', '7777'], 'health.listen: 127.0.0.1:7777 is already in use by console.listen'],
    ['a namespace for a layer without a TAP', '', ['service', 'network', '--netns', 'x'], '--netns: network of stack server opens no TAP'],
    ['a namespace for a stack without a TAP', '', ['service', 'link', '--stack', 'client', '--netns', 'x'], '--netns: link of stack client opens no TAP'],
    ['a stack that is not there', '', ['service', 'link', '--stack', 'sever'], 'there is no stack sever in the config; there is: server, client (did you mean server?)'],
  ])('%s', async (_, yaml, args, text) => {
    const { status, stdout, stderr } = await runCli(...args, '--config', file(yaml));
    expect(stderr).toContain(text);
    expect(stderr).toMatch(/^strata: .*\n$/);
    expect([status, stdout]).toEqual([1, '']);
  });

  it.each([
    ['an option', ['up', '--htp-port', '1'], '(Did you mean --http-port?)'],
    ['a command', ['sysctrl'], '(Did you mean sysctl?)'],
    ['a layer of a trace', ['trace', '--layer', 'netwrok'], '(did you mean network?)'],
    ['a state', ['ss', '--state', 'establishd'], '(did you mean established?)'],
  ])('a misspelt name of %s, and asks about the right one', async (_, args, text) => {
    const { status, stderr } = await runCli(...args);
    expect(stderr).toContain(text);
    expect(status).toBe(2);
  });
});

describe('strata config check', () => {
  it('looks for the folders of all stacks', async () => {
    const { status, stderr } = await runCli('config', 'check', file(NO_FOLDER));
    expect(stderr).toContain("stacks.s.applications.http.files: '/nowhere' does not exist");
    expect(status).toBe(1);
  });

  it.each([
    ['that is not there', join(folder, 'none.yaml'), 'there is no such file (ENOENT)'],
    ['that is a folder', folder, 'it is a folder: should be a YAML file (EISDIR)'],
  ])('says so of a file %s', async (_, path, text) => {
    const { status, stderr } = await runCli('config', 'check', path);
    expect([status, stderr]).toEqual([1, `strata: ${path}: ${text}\n`]);
  });
});
