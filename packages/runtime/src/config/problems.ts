/** Turns what zod finds wrong into words for a person. */
import { inspect } from 'node:util';
import type { z } from 'zod';
import type { ConfigProblem } from './error.ts';

type Issue = z.core.$ZodIssue;

/** The problems of `issues`, found in `input`. */
export function describeIssues(issues: readonly Issue[], input: unknown): ConfigProblem[] {
  return issues.flatMap((issue) => describeIssue(issue, input));
}

function describeIssue(issue: Issue, input: unknown): ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return {
        path: formatPath(path),
        message: `unknown field (it holds ${show(valueAt(input, path))})`,
      };
    });
  }
  if (issue.code === 'invalid_key') {
    const wanted = issue.issues[0]?.message ?? 'should be another name';
    return [{ path: formatPath(issue.path), message: `the name ${wanted}` }];
  }
  const value = valueAt(input, issue.path);
  const path = formatPath(issue.path);
  const message =
    issue.code === 'invalid_type' && isObjectWanted(issue) ? 'should have fields' : issue.message;
  if (!message.startsWith('should')) return [{ path, message }];
  return [{ path, message: `${value === undefined ? 'missing:' : show(value)} ${message}` }];
}

function isObjectWanted(issue: Issue): boolean {
  return issue.code === 'invalid_type' && issue.expected === 'object';
}

/** A path as a person writes it: `stacks.server.interfaces[0].mtu`, a name with dots in quotes. */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (!/^[\w-]+$/.test(String(part))) text += `['${String(part)}']`;
    else text += `${text === '' ? '' : '.'}${String(part)}`;
  }
  return text;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

const SHOWN_CHARACTERS = 60;

/** A value on one line. A file may hold anything: control characters, or an alias of what it stands in. */
function show(value: unknown): string {
  const text = inspect(value, { breakLength: Number.POSITIVE_INFINITY });
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}
