import { spawnSync } from 'node:child_process';
import { runCli } from './run-cli.ts';

let script: string;
beforeAll(async () => {
  script = (await runCli('completion', 'bash')).stdout;
});

/** What bash offers for the last of these words. */
function completions(...words: string[]): string[] {
  const program = `${script}
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_strata
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', program, 'bash', 'strata', ...words], {
    encoding: 'utf8',
    cwd: '/',
  });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((word) => word !== '');
}

describe('The completion for bash', () => {
  it.each([
    ['commands', ['tc'], ['tcpdump']],
    ['layers', ['service', 'tr'], ['transport']],
    ['options', ['ss', '--win'], ['--window']],
    ['options behind a value', ['up', '--netns', 'lab', '--http'], ['--http-port']],
    ['commands of a command', ['config', 'ch'], ['check']],
    ['the values of an option', ['up', '--log-level', 'd'], ['debug']],
    ['what strata netem does', ['netem', 're'], ['replace']],
    ['the words of an impairment', ['netem', 'add', 'dev', 'eth0', 'del'], ['delay']],
    ['files where an option takes any value', ['tcpdump', '-r', '/et'], ['/etc']],
  ])('knows %s', (_, words, expected) => {
    expect(completions(...words)).toEqual(expected);
  });

  it('offers all commands, and the options of the command alone', () => {
    expect(completions('')).toEqual(expect.arrayContaining(['up', 'service', 'ss', '--help']));
    expect(completions('nstat', '--')).not.toContain('--window');
  });
});

describe('The completion for zsh', () => {
  it("is bash's, by zsh's own emulation", async () => {
    const { stdout } = await runCli('completion', 'zsh');
    expect(stdout).toBe(`autoload -U +X bashcompinit && bashcompinit\n${script}`);
  });

  it('is refused for another shell', async () => {
    const { stderr, status } = await runCli('completion', 'bahs');
    expect(stderr).toContain('It should be one of: bash, zsh');
    expect(status).toBe(2);
  });
});
