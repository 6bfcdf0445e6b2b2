/**
 * Counts what Node's and the language's own functions do with many octets: no loop of ours shows
 * it.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { layerOf } from './layers.ts';

/** What deals with fewer octets is about headers. */
const MANY_OCTETS = 1024;
const COPIES = ['set', 'slice', 'copy', 'concat', 'from', 'Uint8Array', 'structuredClone'];
/** Methods of arrays that look at no octet. */
const VIEWS = ['constructor', 'subarray', 'values', 'entries', 'keys', 'toLocaleString'];

/** Octets that were copied or read, each call as `layer: function`. */
export interface NativeWork {
  readonly copied: Record<string, number>;
  readonly read: Record<string, number>;
}

type Callable = (this: unknown, ...args: unknown[]) => unknown;
type Functions = Record<string, unknown>;

let work: NativeWork = { copied: {}, read: {} };

/** What was done since the last call. */
export function takeNativeWork(): NativeWork {
  const taken = work;
  work = { copied: {}, read: {} };
  return taken;
}

/** Puts a counter before each function. To be called before what is counted is imported. */
export function watchNatives(): void {
  const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as Functions;
  watchMethods(typedArray, Object.getOwnPropertyNames(typedArray));
  watchMethods(
    Buffer.prototype as unknown as Functions,
    Object.getOwnPropertyNames(Buffer.prototype),
  );
  watchMethods(Buffer as unknown as Functions, ['concat', 'from', 'compare', 'copyBytesFrom']);
  watchMethods(TextDecoder.prototype as unknown as Functions, ['decode']);
  watchMethods(globalThis as unknown as Functions, ['structuredClone']);
  const require = createRequire(import.meta.url);
  const crypto = require('node:crypto') as { Hash: { prototype: Functions } };
  watchMethods(crypto.Hash.prototype, ['update']);
  watchMethods(require('node:zlib') as Functions, ['crc32']);
  syncBuiltinESMExports();
  globalThis.Uint8Array = new Proxy(Uint8Array, {
    construct(target, args, newTarget) {
      if (!(args[0] instanceof ArrayBuffer)) note('Uint8Array', args);
      return Reflect.construct(target, args, newTarget);
    },
  });
}

function watchMethods(owner: Functions, names: readonly string[]): void {
  for (const name of names) {
    const descriptor = Object.getOwnPropertyDescriptor(owner, name);
    const method = descriptor?.value as Callable | undefined;
    if (typeof method !== 'function' || VIEWS.includes(name)) continue;
    const counted: Callable = function (this: unknown, ...args) {
      // `set` writes to `this`; of all others it is what they read.
      note(name, name === 'set' || ArrayBuffer.isView(this) === false ? args : [this, ...args]);
      return method.apply(this, args);
    };
    Object.defineProperty(owner, name, { ...descriptor, value: counted });
  }
}

function note(name: string, values: readonly unknown[]): void {
  // Over an ArrayBuffer it is a view.
  if (name === 'from' && values[0] instanceof ArrayBuffer) return;
  const octets = Math.max(0, ...values.flat().map(octetsOf));
  if (octets < MANY_OCTETS) return;
  const layer = callingLayer();
  if (layer === 'test') return;
  const where = COPIES.includes(name) ? work.copied : work.read;
  const key = `${layer}: ${name}`;
  where[key] = (where[key] ?? 0) + octets;
}

function octetsOf(value: unknown): number {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer ? value.byteLength : 0;
}

/** The layer of the innermost call that is neither Node's nor this file's. */
function callingLayer(): string {
  for (const line of (new Error().stack ?? '').split('\n')) {
    const url = /(?:file:\/\/|node:)[^):]*/.exec(line)?.[0];
    if (url === undefined || url.startsWith('node:') || url === here) continue;
    return layerOf(url);
  }
  return 'node';
}

const here = import.meta.url;
