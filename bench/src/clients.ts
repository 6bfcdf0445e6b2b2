import { Host } from '@strata/e2e';
import { buildPump } from './native.ts';
import { median } from './statistics.ts';

/** The address of a server, and the namespace of the host that queries it. */
export interface Place {
  readonly netns: string;
  readonly address: string;
}

/** The direction of the data. `receive`: to the host. */
export type Direction = 'receive' | 'send';

/** `path`: the path of the GET or POST. Absent: TCP without HTTP. */
export interface BulkTarget {
  readonly port: number;
  readonly path?: string;
}

/** Megabytes (10^6 octets) per second of one connection. */
export async function measureBulk(
  place: Place,
  direction: Direction,
  target: BulkTarget,
  seconds: number,
): Promise<number> {
  const moved = await moveBulk(place, direction, target, seconds);
  return moved.octets / moved.seconds / 1e6;
}

/** What one connection moves in about that many seconds. */
export async function moveBulk(
  { netns, address }: Place,
  direction: Direction,
  { port, path }: BulkTarget,
  seconds: number,
): Promise<{ readonly octets: number; readonly seconds: number }> {
  const args = [direction, address, `${port}`, `${seconds}`, ...(path === undefined ? [] : [path])];
  const { stdout } = await new Host(netns).run(await buildPump(), args);
  const [octets, took] = stdout.trim().split(' ').map(Number);
  return { octets: octets!, seconds: took! };
}

/**
 * Requests per second of `wrk`, which counts whole seconds. Throws if the server answers with an
 * error or a connection fails.
 */
export async function measureRequests(
  { netns, address }: Place,
  { port, path }: { readonly port: number; readonly path: string },
  connections: number,
  seconds: number,
): Promise<number> {
  const url = `http://${address}:${port}${path}`;
  const duration = `-d${Math.max(1, Math.round(seconds))}s`;
  const { stdout } = await new Host(netns).run('wrk', ['-t1', `-c${connections}`, duration, url]);
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1] ?? 0);
  const failed = /Non-2xx|Socket errors: (?!connect 0, read 0, write 0)/.test(stdout);
  if (failed || perSecond === 0) throw new Error(`wrk at ${url}:\n${stdout}`);
  return perSecond;
}

/** The median of the round trips of `count` ICMP echoes, milliseconds. */
export async function measurePing(
  { netns, address }: Place,
  count: number,
  intervalSeconds: number,
): Promise<number> {
  const args = ['-n', '-c', `${count}`, '-i', `${intervalSeconds}`, address];
  const { stdout } = await new Host(netns).run('ping', args);
  return median([...stdout.matchAll(/time=([\d.]+) ms/g)].map(([, ms]) => Number(ms)));
}
