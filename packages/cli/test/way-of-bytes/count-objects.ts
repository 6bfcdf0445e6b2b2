import { type HeapProfiler, Session } from 'node:inspector/promises';
import { layerOf } from './layers.ts';

/** A number that is no small integer is the only object of this size. Optimized code makes none. */
const HEAP_NUMBER_OCTETS = 16;
/** What `for … of` and a spread make. Optimized code makes none. */
const ITERATION = ['next', 'values', 'entries', 'keys', '[Symbol.iterator]'];

/**
 * What fewer rounds make than one in ten is not counted, such as a block of memory for many
 * headers.
 */
const SELDOM = 0.1;

type Frame = HeapProfiler.SamplingHeapProfileNode['callFrame'];

interface Node {
  readonly id: number;
  readonly callFrame: Frame;
  readonly children: readonly Node[];
}

/** The fields that Node's types have not got. */
interface SampledProfile {
  readonly head: Node;
  readonly samples: readonly { readonly size: number; readonly nodeId: number }[];
}

/** Objects by where they were made, a line each, and how many in a round. */
export type Places = Record<string, number>;

export interface ObjectCounts {
  /** In a round, by layer. */
  readonly layers: Record<string, number>;
  readonly places: Places;
}

/**
 * What `rounds` rounds make on the heap, by the layer whose code it is: objects, and arrays'
 * elements by themselves, but neither numbers nor what a loop over an array makes. What the
 * headers' package makes is its caller's; what Node makes in a call of a layer is Node's.
 */
export async function countObjects(
  round: () => Promise<void>,
  rounds: number,
): Promise<ObjectCounts> {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.startSampling', {
    // Each object is a sample.
    samplingInterval: 1,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  } as HeapProfiler.StartSamplingParameterType);
  for (let i = 0; i < rounds; i += 1) await round();
  const stopped = await session.post('HeapProfiler.stopSampling');
  const profile = stopped.profile as unknown as SampledProfile;
  session.disconnect();
  const paths = new Map<number, readonly Frame[]>();
  keepPaths(profile.head, [], paths);
  const places: Places = {};
  for (const { size, nodeId } of profile.samples) {
    const path = paths.get(nodeId)!;
    const layer = size === HEAP_NUMBER_OCTETS || isIteration(path[0]!) ? undefined : maker(path);
    if (layer === undefined) continue;
    const place = `${layer}: ${path.slice(0, 4).map(describe).join(' < ')}, ${size} octets`;
    places[place] = (places[place] ?? 0) + 1 / rounds;
  }
  return countsOf(places);
}

/**
 * Without what V8 makes for itself, as where a function meets its first number that is not small:
 * no round has it again.
 */
function countsOf(all: Places): ObjectCounts {
  const places: Places = {};
  const layers: Record<string, number> = {};
  for (const [place, count] of Object.entries(all)) {
    if (count < SELDOM) continue;
    const layer = place.slice(0, place.indexOf(':'));
    places[place] = rounded(count);
    layers[layer] = (layers[layer] ?? 0) + count;
  }
  for (const layer of Object.keys(layers)) layers[layer] = rounded(layers[layer]!);
  return { layers, places };
}

function rounded(count: number): number {
  return Math.round(count * 10) / 10;
}

/** The way to each node of the profile, the innermost call first. */
function keepPaths(node: Node, callers: readonly Frame[], paths: Map<number, readonly Frame[]>) {
  const path = [node.callFrame, ...callers];
  paths.set(node.id, path);
  for (const child of node.children) keepPaths(child, path, paths);
}

function isIteration({ url, functionName }: Frame): boolean {
  return url === '' && ITERATION.includes(functionName);
}

/** Whose object it is; undefined: the test's, or of what the test has Node do. */
function maker(path: readonly Frame[]): string | undefined {
  const innermost = path.find(({ url }) => url !== '');
  const callers = path.map(({ url }) => layerOf(url));
  const caller = callers.find((layer) => layer !== 'node' && layer !== 'headers');
  if (innermost === undefined) return undefined;
  if (!innermost.url.startsWith('node:')) return caller === 'test' ? undefined : caller;
  const isStream = path.some(({ url }) => url.includes('streams/'));
  return isStream || (caller !== undefined && caller !== 'test') ? 'node' : undefined;
}

function describe({ functionName, url, lineNumber }: Frame): string {
  return `${functionName || '(anonymous)'} ${url.slice(url.lastIndexOf('/') + 1)}:${lineNumber + 1}`;
}
