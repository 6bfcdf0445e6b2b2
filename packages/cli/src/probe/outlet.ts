import { broadcastOf, formatIpv4, parseIpv4 } from '@strata/wire';
import type { ConsoleApi } from '../console-api.ts';
import { CliError } from '../failure.ts';

/**
 * The stack that probes: the one that is named, else `client` if there is one, else the first, as
 * for all tools. Throws CliError.
 */
export async function stackFor(api: ConsoleApi, named: string | undefined): Promise<string> {
  if (named !== undefined) return named;
  const stacks = await api.stacks();
  return api.stackOr(stacks.find((name) => name === 'client'));
}

/** An interface and its addresses, as far as probes need them. */
interface ApiInterface {
  readonly name: string;
  readonly addresses: readonly string[];
}

/** Where probes leave the stack: -I names an interface or one of the stack's addresses. */
export interface Outlet {
  readonly interfaceName?: string | undefined;
  readonly source?: string | undefined;
}

export function isAddress(text: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text);
}

/** The interfaces of the stack. */
export async function interfacesOf(
  api: ConsoleApi,
  stack: string,
): Promise<readonly ApiInterface[]> {
  const answer = await api.get<Record<string, readonly ApiInterface[]>>('/api/interfaces', {
    stack,
  });
  return answer[stack] ?? [];
}

/** What -I names. For an interface: also its first address. Throws CliError. */
export async function outletOf(
  api: ConsoleApi,
  stack: string,
  named: string | undefined,
): Promise<Outlet> {
  if (named === undefined) return {};
  if (isAddress(named)) return { source: named };
  const interfaces = await interfacesOf(api, stack);
  const found = interfaces.find(({ name }) => name === named);
  if (found === undefined) {
    const known = interfaces.map(({ name }) => name).join(', ');
    throw new CliError(`there is no interface ${named} in ${stack}; there is: ${known}`);
  }
  return { interfaceName: named, source: found.addresses[0]?.replace(/\/.*/, '') };
}

/** Whether it is the broadcast address of one of the stack's subnets, or 255.255.255.255. */
export async function isBroadcast(
  api: ConsoleApi,
  stack: string,
  address: string,
): Promise<boolean> {
  if (address === '255.255.255.255') return true;
  const interfaces = await interfacesOf(api, stack);
  return interfaces.some(({ addresses }) =>
    addresses.some((prefix) => {
      const [own = '', bits = '32'] = prefix.split('/');
      const parsed = parseIpv4(own);
      if (parsed === undefined || Number(bits) >= 31) return false;
      return formatIpv4(broadcastOf(parsed, Number(bits))) === address;
    }),
  );
}
