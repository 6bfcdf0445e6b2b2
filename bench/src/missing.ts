import { run } from '@strata/e2e';

/**
 * Thrown if this machine lacks something that a measurement needs. The message says how to get it.
 */
export class MissingError extends Error {
  override readonly name = 'MissingError';
}

/**
 * Throws MissingError if the command does not exist. `name`: the Debian package that contains it.
 */
export async function requireCommand(command: string, name = command): Promise<void> {
  const { code } = await run('sh', ['-c', `command -v ${command}`], { check: false });
  if (code !== 0) throw new MissingError(`there is no ${command}: apt-get install ${name}`);
}
