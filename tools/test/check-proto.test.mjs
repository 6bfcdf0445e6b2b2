import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compare } from '../check-proto/compare.mjs';
import { format, readContract } from '../check-proto/read.mjs';

const repoRoot = fileURLToPath(new URL('../..', import.meta.url));
const command = fileURLToPath(new URL('../check-proto-breaking.mjs', import.meta.url));

const BEFORE = `syntax = "proto3";
package strata.v1;
message Frame {
  reserved 9;
  reserved "old";
  uint32 index = 1;
  bytes long_name = 2;
  repeated string tags = 3;
  optional uint32 ttl = 4;
  map<string, uint64> counters = 5;
  oneof body { Kind kind = 6; bool flag = 7; }
}
message Other {}
enum Kind { KIND_A = 0; KIND_B = 1; }
`;

const roots = [];

/** A repo with this text as its contract. */
function repoOf(text) {
  const root = mkdtempSync(join(tmpdir(), 'strata-proto-'));
  roots.push(root);
  mkdirSync(join(root, 'proto/strata/v1'), { recursive: true });
  writeFileSync(join(root, 'proto/strata/v1/a.proto'), text);
  return root;
}

const contractOf = (text) => readContract(repoOf(text));
const run = (root, ...args) =>
  spawnSync(process.execPath, [command, ...args, root], { encoding: 'utf8' });

afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true });
});

/** The contract with one piece of its text replaced. */
function changed(from, to) {
  if (!BEFORE.includes(from)) throw new Error(`no ${from} in the contract`);
  return BEFORE.replace(from, to);
}

describe('what the check of the contract refuses', () => {
  // biome-ignore format: a table reads best with one row a line
  it.each([
    ['a field with another number', 'index = 1', 'index = 11', 'strata.v1.Frame.index: number 1 became 11'],
    ['a number given to another field', 'uint32 index = 1', 'reserved "index"; uint32 other = 1', 'strata.v1.Frame.index: became other, with the number 1'],
    ['another type', 'uint32 index', 'uint64 index', 'strata.v1.Frame.index: type uint32 became uint64'],
    ['another message as type', 'Kind kind = 6', 'Other kind = 6', 'strata.v1.Frame.kind: type Kind became Other'],
    ['a list made single', 'repeated string tags', 'string tags', 'strata.v1.Frame.tags: rule repeated became single'],
    ['another key of a map', 'map<string, uint64>', 'map<uint32, uint64>', 'strata.v1.Frame.counters: key type string became uint32'],
    ['presence that is lost', 'optional uint32 ttl', 'uint32 ttl', 'strata.v1.Frame.ttl: presence changed (optional)'],
    ['a field that leaves its oneof', 'oneof body { Kind kind = 6; bool flag = 7; }', 'Kind kind = 6; oneof body { bool flag = 7; }', 'strata.v1.Frame.kind: oneof body became none'],
    ['a field gone without its number reserved', 'bytes long_name = 2;', 'reserved "long_name";', 'strata.v1.Frame.longName: is gone without `reserved 2;`'],
    ['a field gone without its name reserved', 'bytes long_name = 2;', 'reserved 2;', 'strata.v1.Frame.longName: is gone without `reserved "long_name";`'],
    ['a number no longer reserved', 'reserved 9;', '', 'strata.v1.Frame: [9,9] is no longer reserved'],
    ['a name no longer reserved', 'reserved "old";', '', 'strata.v1.Frame: "old" is no longer reserved'],
    ['a message that is gone', 'message Other {}', '', 'strata.v1.Other: is gone or has another name'],
    ['a message with another name', 'message Other {}', 'message Another {}', 'strata.v1.Other: is gone or has another name'],
    ['a message made an enum', 'message Other {}', 'enum Other { OTHER_A = 0; }', 'strata.v1.Other: message and enum changed'],
    ['an enum value with another number', 'KIND_B = 1', 'KIND_B = 2', 'strata.v1.Kind.KIND_B: number 1 became 2'],
    ['an enum value with another name', 'KIND_B = 1', 'KIND_C = 1', 'strata.v1.Kind.KIND_B: became KIND_C, with the number 1'],
    ['an enum value that is gone', 'KIND_B = 1;', 'reserved "KIND_B";', 'strata.v1.Kind.KIND_B: is gone without `reserved 1;`'],
  ])('%s', async (_, from, to, expected) => {
    const breaks = compare(await contractOf(BEFORE), await contractOf(changed(from, to)));
    expect(breaks).toEqual([expected]);
  });

  it('two fields that swap their numbers', async () => {
    const swapped = changed('uint32 index = 1;', 'uint32 index = 2;').replace(
      'long_name = 2',
      'long_name = 1',
    );
    const breaks = compare(await contractOf(BEFORE), await contractOf(swapped));
    expect(breaks).toEqual([
      'strata.v1.Frame.index: number 1 became 2',
      'strata.v1.Frame.index: its number 1 is now that of longName',
      'strata.v1.Frame.longName: number 2 became 1',
      'strata.v1.Frame.longName: its number 2 is now that of index',
    ]);
  });

  it('a package with another name', async () => {
    const breaks = compare(
      await contractOf(BEFORE),
      await contractOf(changed('strata.v1', 'strata.v2')),
    );
    expect(breaks).toHaveLength(3);
  });
});

describe('what the check of the contract accepts', () => {
  // biome-ignore format: a table reads best with one row a line
  it.each([
    ['no change', '', ''],
    ['a new field', 'uint32 index = 1;', 'uint32 index = 1; uint32 more = 8;'],
    ['a new message', 'message Other {}', 'message Other {} message New {}'],
    ['a new enum value', 'KIND_B = 1;', 'KIND_B = 1; KIND_C = 2;'],
    ['a new member of a oneof', 'bool flag = 7;', 'bool flag = 7; string text = 8;'],
    ['a field gone with number and name reserved', 'bytes long_name = 2;', 'reserved 2; reserved "long_name";'],
    ['a wider reservation', 'reserved 9;', 'reserved 9 to 12;'],
    ['comments and order', 'message Other {}', '// What else there is.\nmessage Other {}'],
  ])('%s', async (_, from, to) => {
    expect(compare(await contractOf(BEFORE), await contractOf(changed(from, to)))).toEqual([]);
  });
});

describe('the command', () => {
  it('requires additions in the baseline, adds them with --update, and still refuses a break', () => {
    const root = repoOf(BEFORE);
    const baseline = join(root, 'proto/strata/v1/baseline.json');
    expect(run(root)).toMatchObject({ status: 1, stderr: expect.stringContaining('--update') });
    expect(run(root, '--update').status).toBe(0);
    expect(run(root)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('as in its baseline'),
    });

    const before = readFileSync(baseline, 'utf8');
    writeFileSync(join(root, 'proto/strata/v1/a.proto'), changed('index = 1', 'index = 11'));
    for (const args of [[], ['--update']]) {
      const result = run(root, ...args);
      expect(result.status).toBe(1);
      expect(result.stderr).toContain('strata.v1.Frame.index: number 1 became 11');
    }
    expect(readFileSync(baseline, 'utf8')).toBe(before);
  });

  it('accepts this repo as it is', async () => {
    expect(run(repoRoot)).toMatchObject({ status: 0, stderr: '' });
    expect(format(await readContract(repoRoot))).toContain('"LinkRequestBatch"');
  });
});
