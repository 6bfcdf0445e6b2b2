import { hint } from '@strata/runtime/names';
import { ConsoleApi } from '../../console-api.ts';
import { CliError } from '../../failure.ts';
import { print } from '../../run.ts';

type States = Readonly<Record<string, boolean>>;

/** Takes a link or switch of the running lab down or up; prints the state of it, or of all. */
export async function runLink(
  console: URL,
  name: string | undefined,
  state: 'up' | 'down' | undefined,
): Promise<void> {
  const api = new ConsoleApi(console);
  const path = '/api/lab/links';
  const states =
    name === undefined || state === undefined
      ? await api.get<States>(path, {})
      : await api.put<States>(path, {}, { [name]: state === 'up' });
  const lines = Object.entries(states)
    .filter(([link]) => name === undefined || link === name)
    .map(([link, isUp]) => `${link} ${isUp ? 'up' : 'down'}\n`);
  if (lines.length === 0) {
    const names = Object.keys(states);
    const there = `there is: ${names.join(', ')}${hint(name!, names)}`;
    throw new CliError(`there is no link or switch ${name}; ${there}`);
  }
  await print(lines.join(''));
}
