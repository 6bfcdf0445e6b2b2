import { run } from '@strata/e2e';

/** Something that a measurement needs is not on this machine. The message says how to get it. */
export class MissingError extends Error {
  override readonly name = 'MissingError';
}

/**
 * Throws MissingError where there is no such command; `name`: of the Debian package that brings it.
 */
export async function requireCommand(command: string, name = command): Promise<void> {
  const { code } = await run('sh', ['-c', `command -v ${command}`], { check: false });
  if (code !== 0) throw new MissingError(`there is no ${command}: apt-get install ${name}`);
}
