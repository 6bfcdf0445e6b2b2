import { lookup } from 'node:dns/promises';
import { parseIpv4 } from '@strata/wire';
import { CliError } from '../failure.ts';

/**
 * The IPv4 address of a host that a command names. A name is resolved by this machine's resolver,
 * not by the stack's. Throws CliError.
 */
export async function resolveHost(name: string): Promise<string> {
  if (parseIpv4(name) !== undefined) return name;
  try {
    return (await lookup(name, { family: 4 })).address;
  } catch (error) {
    const { code } = error as { readonly code?: string };
    const why = code === 'EAI_AGAIN' ? 'the resolver does not answer' : 'there is no such host';
    throw new CliError(`${name}: ${why} (${code}): give an IPv4 address, or a name of /etc/hosts`);
  }
}
