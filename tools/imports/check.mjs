import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path';
import { circles } from './circles.mjs';
import { listFiles } from './list-files.mjs';
import { readImports } from './read-imports.mjs';
import {
  DENIED_GLOBALS,
  DENIED_NODE_MODULES,
  MAX_LINES,
  ROOMS,
  SOURCE_EXTENSIONS,
  TESTS_ONLY,
} from './rules.mjs';

/**
 * @typedef {object} Refusal
 * @property {string} file   relative to the root
 * @property {number} line   1-based
 * @property {string} rule  a key of RULES in rules.mjs
 * @property {string} what   what was found
 */

const CODE = ['.ts', '.tsx', '.mts', '.cts', '.mjs', '.js', '.cjs'];

/**
 * Checks every source file below `root` against the table in rules.mjs.
 *
 * @param {string} root  the folder that holds packages/, services/, e2e and bench
 * @returns {{ files: number, refusals: Refusal[] }}
 */
export function check(root) {
  const repo = readRepo(root);
  const refusals = [...repo.refusals];
  const uses = [];
  const relativeImports = [];
  const files = listFiles(root).filter((file) => SOURCE_EXTENSIONS.includes(extname(file)));
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8');
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    if (lines > MAX_LINES)
      refusals.push({ file, line: MAX_LINES + 1, rule: 'too-long', what: `${lines} lines` });
    if (CODE.includes(extname(file))) checkFile(repo, file, text, refusals, uses, relativeImports);
  }
  refusals.push(...cycles(uses), ...circles(relativeImports));
  refusals.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
  return { files: files.length, refusals };
}

/**
 * The rooms that exist below `root`, each with its package.json, and the packages that the root
 * declares for all tests.
 */
function readRepo(root) {
  const manifest = (dir) => JSON.parse(readFileSync(join(root, dir, 'package.json'), 'utf8'));
  const refusals = [];
  const rooms = [];
  const dirs = listFiles(root)
    .filter((file) => file.endsWith(`${sep}package.json`))
    .map((file) => dirname(file));
  for (const dir of dirs) {
    const room = ROOMS.find((row) => row.dir === dir);
    if (room) rooms.push({ ...room, manifest: manifest(dir) });
    else
      refusals.push({ file: join(dir, 'package.json'), line: 1, rule: 'unknown-room', what: dir });
  }
  return {
    root,
    rooms,
    refusals,
    byName: new Map(rooms.map((room) => [room.manifest.name, room])),
    rootTools: Object.keys(manifest('.').devDependencies ?? {}),
  };
}

function checkFile(repo, file, text, refusals, uses, relativeImports) {
  const room = repo.rooms.find(({ dir }) => file.startsWith(dir + sep));
  if (!room) return;
  const inside = relative(room.dir, file);
  const kind = kindOf(room, inside);
  const refuse = (line, rule, what) => refusals.push({ file, line, rule, what });
  let read;
  try {
    read = readImports(text, file);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    refuse(1, 'unparsable', error.message);
    return;
  }
  const context = { repo, room, kind, file };
  for (const found of read.imports) {
    const verdict = judge(context, found);
    if (verdict) refuse(found.line, ...verdict);
    if (found.name?.startsWith('.')) {
      relativeImports.push({ file, line: found.line, name: found.name });
    }
    const target = kind === 'source' && found.name && roomOf(repo, found.name);
    if (target && target !== room)
      uses.push({ from: room.room, to: target.room, file, line: found.line });
  }
  if (!room.pure || kind !== 'source') return;
  for (const { line } of read.references) refuse(line, 'type-reference', '/// <reference>');
  for (const name of read.names) {
    const denied = DENIED_GLOBALS.find(([object, property]) => isDenied(name, object, property));
    if (denied) refuse(name.line, 'denied-global', `${nameOf(denied)}: ${denied[2]}`);
  }
}

/** A file's kind: `source` (what ships), `test`, or `tool` (configuration and build scripts). */
function kindOf(room, inside) {
  if (basename(inside) === 'jest.config.mjs') return 'tool';
  if (room.allTests) return 'test';
  const [folder] = inside.split(sep);
  if (folder === 'test' || folder === 'test-privileged') return 'test';
  if (folder === 'src' || folder === 'bin' || room.room === 'bench') return 'source';
  return 'tool';
}

/** @returns {[rule: string, what: string] | null} the first rule that an import breaks */
function judge({ repo, room, kind, file }, { name, typeOnly, late }) {
  if (name === null)
    return kind === 'source' ? ['dynamic-name', 'a module name that is computed'] : null;
  if (name.startsWith('.') || name.startsWith('/'))
    return judgeRelative(repo, room, kind, file, name);
  if (isBuiltin(name)) return judgeNode(room, kind, name);
  const packageName = packageOf(name);
  const target = repo.byName.get(packageName);
  if (target) {
    const isLate = room.late?.includes(name) && (late || typeOnly);
    const verdict = isLate ? null : judgeRoom(room, kind, target, typeOnly);
    if (verdict) return verdict;
    if (!isExported(target, name.slice(packageName.length))) return ['deep-import', name];
  } else if (packageName.startsWith('@strata/')) {
    return ['unknown-room', name];
  } else if (kind === 'source' && !room.npm) {
    return ['no-npm', `${room.room} imports ${name}`];
  }
  return isDeclared(repo, room, kind, packageName) ? null : ['undeclared', name];
}

function judgeRelative(repo, room, kind, file, name) {
  const path = relative(join(repo.root, room.dir), resolve(repo.root, dirname(file), name));
  // A package's configuration may extend the root's: `jest.config.mjs` and the like.
  const out = path.startsWith('..') && kind !== 'tool';
  return out ? ['leaves-package', name] : null;
}

function judgeNode(room, kind, name) {
  if (kind !== 'source') return null;
  if (!room.node) return ['no-node', `${room.room} imports ${name}`];
  const full = name.startsWith('node:') ? name : `node:${name}`;
  const denied = DENIED_NODE_MODULES[full];
  if (denied && !denied.allowed.includes(room.room))
    return ['node-module', `${name}: ${denied.instead}`];
  return null;
}

function judgeRoom(room, kind, target, typeOnly) {
  if (target === room || kind === 'test') return null;
  const what = `${room.room} imports ${target.room}`;
  if (room.imports.includes(target.room)) return null;
  if (room.types.includes(target.room)) return typeOnly ? null : ['type-only', what];
  if (TESTS_ONLY.includes(target.room)) return ['tests-only', what];
  return ['may-import', what];
}

function isDeclared(repo, room, kind, packageName) {
  const { manifest } = room;
  if (packageName === manifest.name) return true;
  const sections = [manifest.dependencies, manifest.peerDependencies];
  if (kind !== 'source' || room.room === 'bench') sections.push(manifest.devDependencies);
  if (sections.some((section) => section && packageName in section)) return true;
  if (kind === 'source') return false;
  const target = repo.byName.get(packageName);
  return repo.rootTools.includes(packageName) || TESTS_ONLY.includes(target?.room);
}

/**
 * Whether the package exports `./sub`. `sub` is given as `/sub`, or as the empty string for the
 * package itself.
 */
function isExported({ manifest }, sub) {
  const { exports = './index.js' } = manifest;
  const keys = typeof exports === 'string' ? ['.'] : Object.keys(exports);
  return keys.includes(`.${sub}`);
}

function roomOf(repo, name) {
  return repo.byName.get(packageOf(name));
}

/** `@scope/name/sub` and `name/sub` without the sub. */
function packageOf(name) {
  return name.split('/', name.startsWith('@') ? 2 : 1).join('/');
}

function isDenied(name, object, property) {
  if (name.object !== object) return false;
  return property === null || name.property === null || name.property === property;
}

function nameOf([object, property]) {
  return property ? `${object}.${property}` : object;
}

/** One refusal for each import between rooms that is part of a cycle. */
function cycles(uses) {
  const next = new Map();
  for (const { from, to } of uses) next.set(from, (next.get(from) ?? new Set()).add(to));
  const found = new Map();
  for (const use of uses) {
    const back = wayBetween(next, use.to, use.from);
    const way = back && [use.from, ...back].join(' -> ');
    if (way && !found.has(way)) found.set(way, { ...use, rule: 'cycle', what: way });
  }
  return [...found.values()].map(({ file, line, rule, what }) => ({ file, line, rule, what }));
}

/** The shortest path of imports from one room to another, including both, or null. */
function wayBetween(next, from, to) {
  const ways = [[from]];
  const seen = new Set([from]);
  for (const way of ways) {
    const last = way.at(-1);
    if (last === to) return way;
    for (const room of next.get(last) ?? []) {
      if (seen.has(room)) continue;
      seen.add(room);
      ways.push([...way, room]);
    }
  }
  return null;
}
