import type { IncomingMessage } from 'node:http';
import type { ErrorStatus } from './respond.ts';

/** The target of a request. */
export type Target =
  /**
   * The path without the query. Dot segments are resolved, and illegal characters are escaped, as
   * in a URL.
   */
  | { readonly kind: 'resource'; readonly path: string }
  /** The server as a whole: `OPTIONS *`. */
  | { readonly kind: 'server' }
  | { readonly kind: 'refused'; readonly status: ErrorStatus; readonly sentence: string };

/**
 * Parses the request target (RFC 9112 3.2) and resolves dot segments in its path. CONNECT is
 * handled in refuseMalformed().
 */
export function parseTarget(method: string, target: string): Target {
  if (target.startsWith('/')) return resource(target);
  // RFC 9112 3.2.4: the asterisk-form is for OPTIONS only.
  if (target === '*') {
    return method === 'OPTIONS' ? { kind: 'server' } : refused(400, '* is a target of OPTIONS.');
  }
  const absolute = /^([a-z][a-z\d+.-]*):\/\/([^/?#]*)(.*)$/i.exec(target);
  if (absolute === null) return refused(400, 'the request target is no path and no http URL.');
  const [, scheme = '', authority = '', rest = ''] = absolute;
  // RFC 9110 7.4: a target with another scheme (https, ftp) is misdirected here.
  if (scheme.toLowerCase() !== 'http') {
    return refused(421, `this server answers http URLs, not ${scheme.toLowerCase()}.`);
  }
  // RFC 9110 4.2.1 and 4.2.4: an http URL names a host, and user information in it is an error.
  if (authority === '' || !isAuthority(authority)) {
    return refused(400, 'the request target names no host that an http URL may have.');
  }
  if (method === 'OPTIONS' && rest === '') return { kind: 'server' };
  return resource(rest.startsWith('/') ? rest : `/${rest}`);
}

/**
 * A path without anything to resolve or escape. Most paths are like this, and parsing a URL costs
 * more than the rest of a short answer.
 */
const PLAIN_PATH = /^(?:\/[\w~-]+)*\/?$/;

function resource(path: string): Target {
  if (PLAIN_PATH.test(path)) return { kind: 'resource', path };
  try {
    const url = new URL(`http://stack${path.replace(/^\/+/, '/')}`);
    return { kind: 'resource', path: url.pathname };
  } catch {
    return refused(400, 'the path of the request target is malformed.');
  }
}

function refused(status: ErrorStatus, sentence: string): Target {
  return { kind: 'refused', status, sentence };
}

/**
 * The fault of a request's Host field (RFC 9112 3.2, RFC 9110 7.2); undefined if there is none. The
 * field is checked even if the target is an absolute URL, which overrides it (RFC 9112 3.2.2).
 */
export function hostProblem({ rawHeaders, httpVersion }: IncomingMessage): string | undefined {
  let value: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]!.toLowerCase() !== 'host') continue;
    if (value !== undefined) return 'a request has one Host field, not several.';
    value = rawHeaders[at + 1]!;
  }
  if (value === undefined) {
    return httpVersion === '1.0' ? undefined : 'a request of HTTP/1.1 needs a Host field.';
  }
  return isAuthority(value) ? undefined : 'the Host field is no host name or address with a port.';
}

/** `uri-host [ ":" port ]` of RFC 3986 3.2: no user information; the host may be empty. */
const AUTHORITY =
  /^(?:\[(?:[\da-f:.]+|v[\da-f]+\.[\w.~!$&'()*+,;=:-]+)\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})*)(?::(\d*))?$/i;

/** Whether the text is an authority without user information, with a port up to 65,535 or none. */
export function isAuthority(text: string): boolean {
  const match = AUTHORITY.exec(text);
  return match !== null && Number(match[1] ?? 0) <= 65535;
}
