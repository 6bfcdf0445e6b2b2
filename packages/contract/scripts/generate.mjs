/**
 * node scripts/generate.mjs
 *
 * Writes src/gen from proto/strata/v1: `codecs.ts`, the codecs of the PDUs (see codec-source.mjs),
 * and protobufjs's static code for all messages. In the static code uint64 becomes number.
 * protobufjs would use the package `long` if it is installed, so the code gets its own runtime with
 * Long unset. A file that would not change is not written. A changed file is replaced in one step,
 * because other processes may be reading it.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import protobuf from 'protobufjs';
import pbjs from 'protobufjs-cli/pbjs.js';
import { codecSource } from './codec-source.mjs';

const RUNTIME = `import protobuf from 'protobufjs/minimal.js';
protobuf.util.Long = null;
protobuf.configure();
export default protobuf;
`;
const FLAGS =
  '-t static-module -w esm --es6 --force-number --no-create --no-verify --no-convert --no-delimited --no-typeurl --no-service';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const out = fileURLToPath(new URL('../src/gen', import.meta.url));
const protos = join(root, 'proto/strata/v1');
const files = readdirSync(protos)
  .filter((name) => name.endsWith('.proto'))
  .sort()
  .map((name) => join(protos, name));

/**
 * Generates code and types. The types are made from the code's comments, which are then removed.
 */
async function generate(directory) {
  const target = join(directory, 'strata.js');
  const flags = [
    ...['-p', join(root, 'proto')],
    ...FLAGS.split(' '),
    ...['--dependency', './protobuf.js', '-o', target],
  ];
  const main = promisify(pbjs.main);
  await main([...flags, '--dts', ...files]);
  const types = readFileSync(join(directory, 'strata.d.ts'), 'utf8')
    .replace(/^import Long = .*\n/m, '')
    .replace(
      'import * as $protobuf from "./protobuf.js"',
      'import type * as $protobuf from "protobufjs/minimal.js"',
    );
  await main([...flags, '--no-comments', ...files]);
  return { types, code: readFileSync(target, 'utf8') };
}

/** The .proto files as protobufjs describes them, with the names of fields as written there. */
function load() {
  const loaded = new protobuf.Root();
  loaded.resolvePath = (_, target) => (existsSync(target) ? target : join(root, 'proto', target));
  return loaded.loadSync(files, { keepCase: true }).resolveAll();
}

function replace(name, text) {
  const path = join(out, name);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}

mkdirSync(out, { recursive: true });
const directory = mkdtempSync(join(tmpdir(), 'strata-contract-'));
try {
  const { types, code } = await generate(directory);
  replace('protobuf.js', RUNTIME);
  replace('strata.d.ts', types);
  replace('strata.js', code);
  replace('codecs.ts', codecSource(load()));
} finally {
  rmSync(directory, { recursive: true });
}
