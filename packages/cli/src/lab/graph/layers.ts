/**
 * Puts the nodes of a graph into layers, from top to bottom, so that each line goes down by one
 * layer (after Sugiyama, Tagawa and Toda, 1981). A line that goes further gets a bend in each layer
 * between.
 */
import type { Graph } from './model.ts';

/** A node, or a bend of a line, in a layer. */
export type Item =
  | { readonly kind: 'node'; readonly node: number }
  | { readonly kind: 'bend'; readonly edge: number };

/** A piece of a line, from an item to one in the next layer. */
export interface Piece {
  readonly edge: number;
  /** Index of the layer of `upper`. */
  readonly layer: number;
  readonly upper: Item;
  readonly lower: Item;
  /** Whether it is the line's uppermost or lowermost piece. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** Whether the line's first end is the upper one. */
  readonly isDownward: boolean;
}

export interface Layered {
  /** The items of each layer, from left to right. */
  readonly layers: readonly (readonly Item[])[];
  readonly pieces: readonly Piece[];
}

export function layerGraph(graph: Graph): Layered {
  const depths = depthsOf(graph);
  const items = graph.nodes.map((_, node): Item => ({ kind: 'node', node }));
  const layers: Item[][] = Array.from({ length: Math.max(...depths) + 1 }, () => []);
  for (const node of breadthFirst(graph)) layers[depths[node]!]!.push(items[node]!);
  const pieces = graph.edges.flatMap(({ ends: [first, second] }, edge): Piece[] => {
    if (first === second) return [];
    const isDownward = depths[first]! < depths[second]!;
    const [top, bottom] = isDownward ? [first, second] : [second, first];
    const parts: Piece[] = [];
    let upper = items[top]!;
    for (let layer = depths[top]!; layer < depths[bottom]!; layer += 1) {
      const isLast = layer + 1 === depths[bottom];
      const lower: Item = isLast ? items[bottom]! : { kind: 'bend', edge };
      if (!isLast) layers[layer + 1]!.push(lower);
      parts.push({ edge, layer, upper, lower, isFirst: layer === depths[top], isLast, isDownward });
      upper = lower;
    }
    return parts;
  });
  return { layers: orderLayers(layers, pieces), pieces };
}

function neighboursOf({ nodes, edges }: Graph): number[][] {
  const neighbours: number[][] = nodes.map(() => []);
  for (const {
    ends: [a, b],
  } of edges) {
    neighbours[a]!.push(b);
    neighbours[b]!.push(a);
  }
  return neighbours;
}

/** The nodes in breadth-first order from the first, component by component. */
function breadthFirst(graph: Graph): number[] {
  const neighbours = neighboursOf(graph);
  const order: number[] = [];
  const seen = new Set<number>();
  graph.nodes.forEach((_, start) => {
    if (seen.has(start)) return;
    seen.add(start);
    const queue = [start];
    for (const node of queue) {
      order.push(node);
      for (const next of neighbours[node]!) {
        if (seen.has(next)) continue;
        seen.add(next);
        queue.push(next);
      }
    }
  });
  return order;
}

/**
 * The layer of each node: below all its neighbours that come earlier in breadth-first order. So no
 * line is level.
 */
function depthsOf(graph: Graph): number[] {
  const neighbours = neighboursOf(graph);
  const depths: number[] = graph.nodes.map(() => -1);
  for (const node of breadthFirst(graph)) {
    const above = neighbours[node]!.map((other) => depths[other]!);
    depths[node] = Math.max(-1, ...above) + 1;
  }
  return depths;
}

const SWEEPS = 8;

/** Orders each layer by the mean place of its neighbours. Keeps the order with least crossings. */
function orderLayers(layers: readonly Item[][], pieces: readonly Piece[]): Item[][] {
  let current = layers.map((items) => [...items]);
  let best = current;
  let least = crossings(current, pieces);
  for (let sweep = 0; sweep < SWEEPS && least > 0; sweep += 1) {
    current = sweepOnce(current, pieces, sweep % 2 === 0);
    const count = crossings(current, pieces);
    if (count < least) [best, least] = [current, count];
  }
  return best;
}

function sweepOnce(layers: readonly Item[][], pieces: readonly Piece[], isDown: boolean): Item[][] {
  const sorted = layers.map((items) => [...items]);
  const order = layers.map((_, index) => index);
  for (const index of isDown ? order.slice(1) : order.slice(0, -1).reverse()) {
    const places = placesIn(sorted[isDown ? index - 1 : index + 1]!);
    const means = new Map<Item, number>();
    sorted[index]!.forEach((item, place) => {
      const others = pieces
        .filter((piece) => (isDown ? piece.lower : piece.upper) === item)
        .map((piece) => places.get(isDown ? piece.upper : piece.lower)!);
      const sum = others.reduce((total, other) => total + other, 0);
      means.set(item, others.length === 0 ? place : sum / others.length);
    });
    sorted[index]!.sort((a, b) => means.get(a)! - means.get(b)!);
  }
  return sorted;
}

function placesIn(items: readonly Item[]): Map<Item, number> {
  return new Map(items.map((item, place) => [item, place]));
}

function crossings(layers: readonly Item[][], pieces: readonly Piece[]): number {
  let count = 0;
  layers.slice(1).forEach((lower, layer) => {
    const [above, below] = [placesIn(layers[layer]!), placesIn(lower)];
    const here = pieces.filter((piece) => piece.layer === layer);
    here.forEach((a, index) => {
      for (const b of here.slice(0, index)) {
        const up = above.get(a.upper)! - above.get(b.upper)!;
        const down = below.get(a.lower)! - below.get(b.lower)!;
        if (up * down < 0) count += 1;
      }
    });
  });
  return count;
}
