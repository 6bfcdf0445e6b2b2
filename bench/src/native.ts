import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, temporaryFolder } from '@strata/e2e';
import { MissingError, requireCommand } from './missing.ts';

const FOLDER = fileURLToPath(new URL('../native', import.meta.url));
const LWIP_HEADERS = '/usr/include/lwip';

const built = new Map<string, Promise<string>>();

/** Builds the bench's client for bulk transfers. Throws MissingError if there is no compiler. */
export function buildPump(): Promise<string> {
  return build('pump', () => ['pump.c']);
}

/**
 * Builds native lwIP with our servers. Throws MissingError if the compiler or the library is
 * missing.
 */
export function buildLwip(): Promise<string> {
  return build('lwip', () => {
    if (!existsSync(join(LWIP_HEADERS, 'lwip/tcp.h'))) {
      throw new MissingError('there is no native lwIP: apt-get install liblwip-dev');
    }
    const sources = readdirSync(join(FOLDER, 'lwip')).filter((name) => name.endsWith('.c'));
    const libraries = [`-I${LWIP_HEADERS}`, '-llwip', '-lpthread'];
    return [...sources.map((name) => join('lwip', name)), ...libraries];
  });
}

/** Compiles once, into a folder that is removed when this process ends. */
function build(name: string, argumentsOf: () => readonly string[]): Promise<string> {
  let program = built.get(name);
  if (program === undefined) {
    program = compile(name, argumentsOf);
    built.set(name, program);
  }
  return program;
}

async function compile(name: string, argumentsOf: () => readonly string[]): Promise<string> {
  await requireCommand('cc', 'gcc libc6-dev');
  const program = join(temporaryFolder(), name);
  const sources = argumentsOf().map((one) => (one.endsWith('.c') ? join(FOLDER, one) : one));
  await run('cc', ['-O2', '-Wall', '-Wextra', '-o', program, ...sources]);
  return program;
}
