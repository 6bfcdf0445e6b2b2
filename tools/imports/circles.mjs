import { posix, sep } from 'node:path';

/**
 * Finds circles between files, by value or by type. Each strongly connected component of the graph
 * of relative imports gives one refusal, at the import that closes the shortest circle through its
 * first file.
 *
 * @param {{ file: string, line: number, name: string }[]} imports relative imports of sources,
 * files as paths from the root
 * @returns {{ file: string, line: number, rule: string, what: string }[]}
 */
export function circles(imports) {
  const graph = new Map();
  for (const { file, line, name } of imports) {
    const from = file.split(sep).join('/');
    const to = posix.join(posix.dirname(from), name);
    if (!graph.has(from)) graph.set(from, []);
    graph.get(from).push({ to, line, file });
  }
  const refusals = [];
  const told = new Set();
  for (const start of [...graph.keys()].sort()) {
    if (told.has(start)) continue;
    const way = shortestCircle(graph, start);
    if (way === undefined) continue;
    for (const from of way) told.add(from);
    const { file, line } = graph.get(way[0]).find(({ to }) => to === (way[1] ?? start));
    const what = [...way, start].map((path) => posix.basename(path)).join(' -> ');
    refusals.push({ file, line, rule: 'circle', what });
  }
  return refusals;
}

/**
 * The files of the shortest circle through `start`, with `start` first. Undefined if there is none.
 */
function shortestCircle(graph, start) {
  const ways = [[start]];
  const seen = new Set();
  for (const way of ways) {
    for (const { to } of graph.get(way.at(-1)) ?? []) {
      if (to === start) return way;
      if (seen.has(to)) continue;
      seen.add(to);
      ways.push([...way, to]);
    }
  }
  return undefined;
}
