/** Turns zod's issues into messages for a person. */
import { z } from 'zod';
import type { ConfigProblem } from './error.ts';
import type { Path } from './faults.ts';
import { configSchema } from './schema.ts';
import { hint } from './similar-names.ts';
import { formatPath, show, valueAt } from './words.ts';

type Issue = z.core.$ZodIssue;

/** A problem, and the place of the fault in the file. */
interface Found {
  readonly problem: ConfigProblem;
  readonly place: Path;
}

/** The problems of `issues`, found in `input`. */
export function describeIssues(issues: readonly Issue[], input: unknown): Found[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return describeUnknown(issue, input);
    if (issue.code !== 'invalid_key') return [describeValue(issue, input)];
    const wanted = issue.issues[0]?.message ?? 'should be another name';
    return [found(issue.path, `the name ${wanted}`)];
  });
}

function found(place: Path, message: string): Found {
  return { problem: { path: formatPath(place), message }, place };
}

function describeUnknown(issue: z.core.$ZodIssueUnrecognizedKeys, input: unknown): Found[] {
  const fields = fieldsAt(issue.path);
  return issue.keys.map((key) => {
    const path = [...issue.path, key];
    const there = `there is: ${fields.join(', ')}${hint(key, fields)}`;
    return found(path, `unknown field (it holds ${show(valueAt(input, path))}); ${there}`);
  });
}

function describeValue(issue: Issue, input: unknown): Found {
  const { path, message } = issue;
  const value = valueAt(input, path);
  if (value === undefined) return found(path, `missing: ${message}`);
  if (!message.startsWith('should')) return found(path, message);
  const choices = issue.code === 'invalid_value' ? issue.values.map(String) : [];
  const like = typeof value === 'string' ? hint(value, choices) : '';
  return found(path, `${show(value)} ${message}${like}`);
}

/** The message for a field whose schema has no message of its own, in place of zod's text. */
export function describeUntold(issue: z.core.$ZodRawIssue): string {
  if (issue.code !== 'invalid_type') return 'should be another value';
  return WANTED_TYPES[issue.expected] ?? `should be a ${issue.expected}`;
}

const WANTED_TYPES: Readonly<Record<string, string>> = {
  object: 'should have fields',
  record: 'should have fields',
  array: 'should be a list',
  string: 'should be a text',
  boolean: 'should be true or false',
};

/** The names of the fields that are allowed at the path. */
function fieldsAt(path: Path): string[] {
  let schema: unknown = configSchema;
  for (const part of path) schema = childOf(bare(schema), part);
  const found = bare(schema);
  return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
}

function childOf(schema: unknown, part: PropertyKey): unknown {
  if (schema instanceof z.ZodObject) return schema.shape[String(part)];
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return schema instanceof z.ZodArray ? schema.element : undefined;
}

/** The schema without its wrappers for optional and default. */
function bare(schema: unknown): unknown {
  const isWrapped =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault;
  return isWrapped ? bare(schema.unwrap()) : schema;
}
