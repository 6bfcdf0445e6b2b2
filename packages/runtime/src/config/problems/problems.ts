/** Parses a file's value by its schema, and turns zod's issues into messages for a person. */
import { z } from 'zod';
import type { ConfigProblem } from '../error.ts';
import { Faults, type Path } from './faults.ts';
import { hint } from './similar-names.ts';
import { formatPath, show, valueAt } from './words.ts';

type Issue = z.core.$ZodIssue;

/** A problem, and the place of the fault in the file. */
interface Found {
  readonly problem: ConfigProblem;
  readonly place: Path;
}

/**
 * Round 1 removes faulty fields; round 2 removes lists that are too short without them, and what
 * lacks a required field; round 3 succeeds.
 */
const ROUNDS = 3;

/** What is right in a file, and what is not. */
export interface Parsed<Value> {
  /** The file without its faults. Undefined: not even that is right. */
  readonly value: Value | undefined;
  readonly problems: ConfigProblem[];
  readonly faults: Faults;
}

/**
 * Parses `input` by a schema. Fields with faults are removed, so that the rest can still be
 * checked. `fill` adds defaults of sections before round 1, and values for required fields that
 * were removed before later rounds.
 */
export function parseWithoutFaults<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  fill: (given: unknown, round: number) => unknown,
): Parsed<z.output<Schema>> {
  const problems: ConfigProblem[] = [];
  const faults = new Faults();
  for (let round = 1; round <= ROUNDS; round += 1) {
    const filled = fill(faults.remove(input), round);
    const result = schema.safeParse(filled, { error: describeUntold });
    if (result.success) return { value: result.data, problems, faults };
    const found = describeIssues(result.error.issues, filled, schema);
    // Round 1 finds all faults. Later rounds only find what is wrong because of the removals.
    if (round === 1) problems.push(...found.map(({ problem }) => problem));
    for (const { place } of found) {
      // A field that is still missing was required: what it belongs to is removed.
      const isMissing = round > 1 && valueAt(filled, place) === undefined;
      faults.add(faults.originalPath(isMissing ? place.slice(0, -1) : place));
    }
  }
  return { value: undefined, problems, faults };
}

/** The problems of `issues`, found in `input`, which should fit the schema. */
function describeIssues(issues: readonly Issue[], input: unknown, schema: z.ZodType): Found[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return describeUnknown(issue, input, schema);
    if (issue.code !== 'invalid_key') return [describeValue(issue, input)];
    const wanted = issue.issues[0]?.message ?? 'should be another name';
    return [found(issue.path, `the name ${wanted}`)];
  });
}

function found(place: Path, message: string): Found {
  return { problem: { path: formatPath(place), message }, place };
}

function describeUnknown(
  issue: z.core.$ZodIssueUnrecognizedKeys,
  input: unknown,
  root: z.ZodType,
): Found[] {
  const fields = fieldsAt(issue.path, root);
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
function describeUntold(issue: z.core.$ZodRawIssue): string {
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
function fieldsAt(path: Path, root: z.ZodType): string[] {
  let schema: unknown = root;
  for (const part of path) schema = childOf(bare(schema), part);
  const found = bare(schema);
  if (found instanceof z.ZodDiscriminatedUnion) {
    // Whichever kind was meant.
    const shapes = found.options.map((one) => (one instanceof z.ZodObject ? one.shape : {}));
    return Object.keys(Object.assign({}, ...shapes));
  }
  return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
}

function childOf(schema: unknown, part: PropertyKey): unknown {
  if (schema instanceof z.ZodObject) return schema.shape[String(part)];
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return schema instanceof z.ZodArray ? schema.element : undefined;
}

/** The schema without its wrappers for optional and default, and before its transformation. */
function bare(schema: unknown): unknown {
  if (schema instanceof z.ZodPipe) return bare(schema.in);
  const isWrapped =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault;
  return isWrapped ? bare(schema.unwrap()) : schema;
}
