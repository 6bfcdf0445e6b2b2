import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Host } from '../support/host.ts';
import { killAllStarted } from '../support/process.ts';
import { freshNamespace, STRATA, temporaryFolder } from '../support/stacks.ts';
import { waitFor } from '../support/wait.ts';

afterAll(killAllStarted);

const ip = (...words: string[]) => execFileSync('ip', words, { encoding: 'utf8' });

/**
 * A machine, as a namespace, on which 192.0.2.9/24 is in use, and on which Strata runs without
 * --netns.
 */
describe('a host that already has a route to the network of the TAP', () => {
  const netns = freshNamespace();
  const host = new Host(netns);
  const folder = temporaryFolder();
  const inHost = (...words: string[]) => ip('-n', netns, ...words);

  beforeAll(() => {
    ip('netns', 'add', netns);
    inHost('link', 'set', 'lo', 'up');
    inHost('tuntap', 'add', 'other0', 'mode', 'tap');
    inHost('link', 'set', 'other0', 'up');
    inHost('addr', 'add', '192.0.2.9/24', 'dev', 'other0');
  });

  afterAll(() => {
    ip('netns', 'delete', netns);
  });

  function up(yaml: string) {
    const path = join(folder, 'strata.yaml');
    writeFileSync(path, yaml);
    return host.launch('strata up', process.execPath, [STRATA, 'up', '--config', path]);
  }

  it('keeps its traffic: strata up runs without the TAP, and prints one line with the reason and what to do', async () => {
    const routes = inHost('route');
    const strata = up('{}');
    await strata.saysWithin('ready');
    expect(strata.stderr).toBe(
      'strata: wire lan goes without the host, no TAP device: TAP device strata0 would take the traffic of the host to 192.0.2.0/24, ' +
        'which has a route to 192.0.2.0/24 by other0: choose another network (wires.lan.tap.address), or a network namespace (--netns NAME)\n',
    );
    expect(inHost('route')).toBe(routes);
    expect(inHost('link')).not.toContain('strata0');
    const { stdout } = await host.run('curl', ['-sS', '-m', '10', 'http://127.0.0.1:8080/']);
    expect(stdout).toContain('192.0.2.3');
    expect(await strata.stop()).toBe(0);
  }, 60_000);

  it('ends strata up with an error where the TAP is required', async () => {
    const strata = up('wires: { lan: { tap: { address: 192.0.2.1/24, required: true } } }');
    await waitFor('it ends', () => strata.exitCode !== undefined, 20_000);
    expect(strata.exitCode).toBe(1);
    expect(strata.stderr).toMatch(/^strata: TAP device strata0 would take the traffic .*\n$/);
  }, 60_000);

  it('ends strata up with an error where an interface has a TAP of its own', async () => {
    const strata = up(
      'stacks: { s: { interfaces: [ { tap: { name: own0, address: 192.0.2.1/24 }, addresses: [192.0.2.2/24] } ] } }\nwires: {}',
    );
    await waitFor('it ends', () => strata.exitCode !== undefined, 20_000);
    expect(strata.exitCode).toBe(1);
    expect(strata.stderr).toContain('choose another network (stacks.s.interfaces[0].tap.address)');
  }, 60_000);
});
