import type { IncomingMessage } from 'node:http';

/** The validators that a request's conditions are compared with. */
export interface Validators {
  /** A strong validator, with its quotes. */
  readonly etag: string;
  /** Compared in whole seconds. Absent: unknown. */
  readonly lastModified?: Date | undefined;
}

/**
 * Evaluates the conditions of a GET or HEAD request in the order of RFC 9110 13.2.2. Returns the
 * status 412 or 304, or undefined for a normal answer. {@link isRangeValid} evaluates If-Range.
 */
export function evaluatePreconditions(
  { headers }: IncomingMessage,
  { etag, lastModified }: Validators,
): 304 | 412 | undefined {
  const match = headers['if-match'];
  const noneMatch = headers['if-none-match'];
  if (match !== undefined) {
    // RFC 9110 13.1.1: the comparison is strong.
    if (!names(match, etag, false)) return 412;
  } else if (isLater(lastModified, headers['if-unmodified-since'])) return 412;
  // RFC 9110 13.1.3: If-None-Match takes the place of If-Modified-Since.
  if (noneMatch !== undefined) return names(noneMatch, etag, true) ? 304 : undefined;
  return isLater(lastModified, headers['if-modified-since']) === false ? 304 : undefined;
}

/** Whether If-Range is absent or matches the current validators (RFC 9110 13.1.5). */
export function isRangeValid(
  { headers }: IncomingMessage,
  { etag, lastModified }: Validators,
): boolean {
  const condition = headers['if-range'];
  if (condition === undefined) return true;
  if (typeof condition !== 'string') return false;
  if (condition.startsWith('"')) return condition === etag;
  return (
    lastModified !== undefined &&
    secondsOf(lastModified.getTime()) === secondsOf(Date.parse(condition))
  );
}

/** Whether a list of entity tags contains `etag`, or is `*`. Tags may contain commas. */
function names(list: string, etag: string, isWeak: boolean): boolean {
  if (list.trim() === '*') return true;
  const tags = list.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return tags.some((tag) => tag === etag || (isWeak && tag === `W/${etag}`));
}

/**
 * Whether `lastModified` is after the date in `header`. Undefined if one of the two is missing or
 * invalid.
 */
function isLater(lastModified: Date | undefined, header: string | undefined): boolean | undefined {
  const limit = secondsOf(Date.parse(header ?? ''));
  if (lastModified === undefined || Number.isNaN(limit)) return undefined;
  return secondsOf(lastModified.getTime()) > limit;
}

function secondsOf(epochMs: number): number {
  return Math.floor(epochMs / 1000);
}
