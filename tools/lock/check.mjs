import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The fields of package.json that the lock repeats for the root and for every workspace. */
const FIELDS = [
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
  'peerDependenciesMeta',
  'engines',
  'workspaces',
];

/**
 * @typedef {object} Refusal
 * @property {string} entry  a key of the lock's `packages`; '' is the root
 * @property {string} what   what was found, and what was expected
 */

/** The lock below `root`, parsed. */
export function readLock(root) {
  return JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
}

/**
 * Checks that the lock agrees with every package.json, is complete for all platforms, and contains
 * no address.
 *
 * An optional package of another platform must be there too. npm adds it if a registry serves it,
 * so a lock without it would change at a person's first `npm install`.
 *
 * @param {string} root  the folder of package.json and package-lock.json
 * @returns {Refusal[]}
 */
export function checkLock(root) {
  const { packages } = readLock(root);
  const refusals = [];
  for (const [entry, value] of Object.entries(packages)) {
    const refuse = (what) => refusals.push({ entry, what });
    if (value.link) continue;
    if (entry.includes('node_modules/')) checkEntry(value, refuse);
    else checkManifest(root, entry, value, refuse);
    const wanted = {
      ...value.dependencies,
      ...value.devDependencies,
      ...value.optionalDependencies,
    };
    for (const name of Object.keys(wanted))
      if (!find(packages, entry, name)) refuse(`${name} is missing: the lock is not complete`);
  }
  return refusals;
}

/**
 * Checks that `now` locks the same packages as `before`.
 *
 * Optional packages may be added or removed: `npm install` adds only those that a registry serves.
 *
 * @param {{ packages: object }} before
 * @param {{ packages: object }} now
 * @returns {Refusal[]}
 */
export function compareLocks(before, now) {
  const refusals = [];
  const entries = new Set([...Object.keys(before.packages), ...Object.keys(now.packages)]);
  for (const entry of entries) {
    const [old, young] = [before.packages[entry], now.packages[entry]];
    const refuse = (what) => refusals.push({ entry, what });
    if (!old || !young) {
      if (!(old ?? young).optional) refuse(old ? 'was removed' : 'was added');
      continue;
    }
    for (const field of ['version', 'integrity'])
      if (old[field] !== young[field])
        refuse(`${field} was ${old[field] ?? 'not there'}, is ${young[field] ?? 'not there'}`);
  }
  return refusals;
}

function checkEntry(value, refuse) {
  if (!value.version) refuse('has no version');
  if (!/^sha512-/.test(value.integrity ?? '')) refuse('has no sha512 integrity');
  if (value.resolved) refuse('names an address (resolved): .npmrc leaves it out');
}

function checkManifest(root, entry, value, refuse) {
  const manifest = JSON.parse(readFileSync(join(root, entry, 'package.json'), 'utf8'));
  for (const field of FIELDS)
    if (canonical(manifest[field]) !== canonical(value[field]))
      refuse(`${field} differs from ${join(entry, 'package.json')}`);
}

/** The entry that Node resolves `name` to from `entry`: the nearest node_modules upwards. */
function find(packages, entry, name) {
  for (let from = entry; ; from = from.slice(0, Math.max(from.lastIndexOf('/node_modules/'), 0))) {
    const found = packages[`${from ? `${from}/` : ''}node_modules/${name}`];
    if (found || from === '') return found;
  }
}

/** The same text for the same value, whatever the order of its keys. */
function canonical(value) {
  if (value === undefined) return canonical({});
  if (Array.isArray(value) || typeof value !== 'object') return JSON.stringify(value);
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
