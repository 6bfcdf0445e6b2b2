import type { IncomingMessage } from 'node:http';
import type { Wanted } from './exchange.ts';

/** Fields that say what the body is. */
const OF_BODY = ['content-length', 'content-type', 'transfer-encoding'];
/** Fields that no other host may see. */
const SECRETS = ['authorization', 'cookie'];

/**
 * The request that a response redirects to (RFC 9110 15.4). Undefined: it does not.
 */
export function redirected(wanted: Wanted, response: IncomingMessage): Wanted | undefined {
  const { statusCode = 0, headers } = response;
  const { location } = headers;
  if (![301, 302, 303, 307, 308].includes(statusCode) || location === undefined) return undefined;
  if (!URL.canParse(location, wanted.url.href)) return undefined;
  const url = new URL(location, wanted.url);
  const isSame = url.host === wanted.url.host && url.protocol === wanted.url.protocol;
  // Of 301 and 302 only POST changes, as every client does it.
  const becomesGet =
    (statusCode === 303 && wanted.method !== 'HEAD') ||
    ([301, 302].includes(statusCode) && wanted.method === 'POST');
  const dropped = [...(isSame ? [] : SECRETS), ...(becomesGet ? OF_BODY : [])];
  const kept = wanted.headers.filter(([name]) => !dropped.includes(name.toLowerCase()));
  if (becomesGet) return { url, method: 'GET', headers: kept, body: undefined };
  return { ...wanted, url, headers: kept };
}
