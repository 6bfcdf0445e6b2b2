import type { ConsoleApi } from '../console-api.ts';
import { address } from './address.ts';
import { IpError, notInStrata } from './ip-error.ts';
import { type IpOptions, takeOptions } from './ip-options.ts';
import { link } from './link.ts';
import { neigh } from './neigh.ts';
import { route } from './route.ts';
import { AskedStack } from './stack.ts';
import { unabbreviated, Words } from './words.ts';

type Run = (stack: AskedStack, words: Words, options: IpOptions) => Promise<string>;

/** The objects, in the order in which iproute2 takes abbreviations: `a` is address. */
const OBJECTS: readonly (readonly [name: string, run: Run])[] = [
  ['address', address],
  ['route', route],
  ['rule', refuseRule],
  ['neighbor', neigh],
  ['neighbour', neigh],
  ['link', link],
  ['monitor', refuseMonitor],
  ['help', async () => USAGE],
];

const USAGE = `Usage: strata ip [ OPTIONS ] OBJECT { COMMAND | help }
where  OBJECT := { address | link | neighbour | route }
       OPTIONS := { -4 | -s[tatistics] | -d[etails] | -br[ief] | -o[neline] |
                    -j[son] | -p[retty] | -c[olor] | --stack NAME }
strata ip --help has examples.
`;

/**
 * Runs `ip` with these words on a stack. Gives the text for standard output. Rejects with IpError.
 */
export async function runIp(
  api: ConsoleApi,
  stackName: string | undefined,
  words: readonly string[],
): Promise<string> {
  const rest = new Words(words);
  const options = takeOptions(rest);
  if (rest.isAtEnd) throw new IpError(USAGE.trimEnd(), 255);
  const object = rest.next();
  const name = unabbreviated(
    object,
    OBJECTS.map(([known]) => known),
  );
  const run = OBJECTS.find(([known]) => known === name)?.[1];
  if (run === undefined) throw new IpError(`Object "${object}" is unknown, try "ip help".`, 1);
  if (rest.peek() === 'help') return USAGE;
  return run(new AskedStack(api, await api.stackOr(stackName)), rest, options);
}

async function refuseRule(): Promise<string> {
  throw notInStrata('a stack has no routing rules: it looks into the table local, then into main');
}

async function refuseMonitor(): Promise<string> {
  throw notInStrata('a stack does not tell of changes here: strata trace shows what it does');
}
