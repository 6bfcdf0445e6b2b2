/** The layers of the way, from the application to the device, and the folder of each. */
const FOLDERS: readonly (readonly [folder: string, layer: string])[] = [
  ['/packages/sockets/', 'sockets'],
  ['/packages/transport/', 'transport'],
  ['/services/transport/', 'transport'],
  ['/packages/network/', 'network'],
  ['/services/network/', 'network'],
  ['/packages/link/', 'link'],
  ['/services/link/', 'link'],
  ['/packages/runtime/src/devices/', 'wire port, TAP bridge'],
  ['/packages/tap/', 'tap'],
  ['/packages/bus/', 'bus'],
  ['/packages/contract/', 'bus'],
  ['/packages/runtime/', 'driver'],
  ['/packages/wire/', 'headers'],
];

/** Whose code a script is: `test` is ours here, `node` Node's own. */
export function layerOf(url: string): string {
  if (url.includes('/packages/cli/')) return 'test';
  if (url === '' || url.startsWith('node:')) return 'node';
  const found = FOLDERS.find(([folder]) => url.includes(folder));
  if (found === undefined) throw new Error(`no layer has the file ${url}: name it in FOLDERS`);
  return found[1];
}
