import { lookup } from 'node:dns/promises';
import { isIPv4 } from 'node:net';
import { ToolError } from './tool.ts';

/**
 * The IPv4 address of a host, in dotted decimal. A stack has no resolver: a name is asked of the
 * system that the tool runs on. Throws ToolError with `status`.
 */
export async function resolveHost(
  host: string,
  status: number,
  describe = (why: string) => `there is no host ${host} (${why}): give its IPv4 address`,
): Promise<string> {
  if (isIPv4(host)) return host;
  if (host === 'localhost') return '127.0.0.1';
  try {
    return (await lookup(host, { family: 4 })).address;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ToolError(describe(code ?? message), status);
  }
}
