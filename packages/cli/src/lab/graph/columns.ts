/** Gives each item of a layered graph its columns: the box, and the ports where lines leave it. */
import type { Item, Piece } from './layers.ts';
import type { Graph } from './model.ts';
import type { PieceLabels } from './piece-labels.ts';

/** Characters between two items, and between a label and the next line. */
const GAP = 3;
/** Characters of a box around its text. */
const BOX_MARGIN = 4;
/** Characters of a box around its ports. */
const PORT_MARGIN = 6;
/** Characters by which a port may move, to make its line straight. */
const MAX_MOVE = 2;
/** Characters from a line to its label. */
const LABEL_INDENT = 2;
const SWEEPS = 6;

type Side = 'upper' | 'lower';

/** The columns of an item. */
export interface Slot {
  readonly x: number;
  readonly boxWidth: number;
  /** Columns of the ports, from left to right. */
  readonly upper: readonly number[];
  portOf(side: Side, piece: Piece): number;
}

/** An item before it has its place. Offsets count from its left edge. */
interface Shape {
  readonly boxWidth: number;
  /** Including labels to the right of the last line. */
  readonly width: number;
  readonly ports: Readonly<Record<Side, Map<Piece, number>>>;
}

export function columnsOf(
  graph: Graph,
  layers: readonly (readonly Item[])[],
  pieces: readonly Piece[],
  labels: ReadonlyMap<Piece, PieceLabels>,
): ReadonlyMap<Item, Slot> {
  const places = new Map(layers.flatMap((items) => items.map((item, place) => [item, place])));
  const byPlace = (side: Side) => (a: Piece, b: Piece) => {
    const other = (piece: Piece) => places.get(side === 'lower' ? piece.lower : piece.upper)!;
    return other(a) - other(b);
  };
  const shapes = new Map<Item, Shape>();
  for (const item of layers.flat()) {
    const below = pieces.filter(({ upper }) => upper === item).sort(byPlace('lower'));
    const above = pieces.filter(({ lower }) => lower === item).sort(byPlace('upper'));
    const textWidth =
      item.kind === 'bend'
        ? 1
        : Math.max(...graph.nodes[item.node]!.lines.map(({ length }) => length)) + BOX_MARGIN;
    shapes.set(item, shapeOf(textWidth, { upper: above, lower: below }, labels));
  }
  const xs = alignLayers(layers, shapes);
  for (const piece of pieces) straighten(piece, shapes, xs);
  return new Map(
    Array.from(shapes, ([item, shape]): [Item, Slot] => {
      const x = xs.get(item)!;
      return [
        item,
        {
          x,
          boxWidth: shape.boxWidth,
          upper: Array.from(shape.ports.upper.values(), (offset) => x + offset),
          portOf: (side, piece) => x + shape.ports[side].get(piece)!,
        },
      ];
    }),
  );
}

/** Ports stand as far from each other as their labels are wide. The box is as wide as its ports. */
function shapeOf(
  textWidth: number,
  sides: Readonly<Record<Side, readonly Piece[]>>,
  labels: ReadonlyMap<Piece, PieceLabels>,
): Shape {
  const widthOf = (piece: Piece, side: Side) => {
    const { upper, lower } = labels.get(piece)!;
    const texts = side === 'lower' ? upper : lower;
    return Math.max(0, ...texts.map(({ text }) => text.length + LABEL_INDENT));
  };
  const spanOf = (side: Side) =>
    sides[side].slice(0, -1).reduce((sum, piece) => sum + widthOf(piece, side) + GAP, 0);
  const margin = textWidth === 1 ? 1 : PORT_MARGIN;
  const boxWidth = Math.max(textWidth, spanOf('upper') + margin, spanOf('lower') + margin);
  const portsOf = (side: Side) => {
    let offset = Math.floor((boxWidth - 1 - spanOf(side)) / 2);
    const ports = new Map<Piece, number>();
    for (const piece of sides[side]) {
      ports.set(piece, offset);
      offset += widthOf(piece, side) + GAP;
    }
    return ports;
  };
  const ports = { upper: portsOf('upper'), lower: portsOf('lower') };
  const ends = (['upper', 'lower'] as const).flatMap((side) =>
    Array.from(ports[side], ([piece, offset]) => offset + widthOf(piece, side)),
  );
  return { boxWidth, width: Math.max(boxWidth, ...ends), ports };
}

/** The left edge of each item: near to where its lines are straight, and no item over another. */
function alignLayers(
  layers: readonly (readonly Item[])[],
  shapes: ReadonlyMap<Item, Shape>,
): ReadonlyMap<Item, number> {
  const xs = new Map<Item, number>();
  for (const items of layers) {
    let x = 0;
    for (const item of items) {
      xs.set(item, x);
      x += shapes.get(item)!.width + GAP;
    }
  }
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const isDown = sweep % 2 === 0;
    for (const items of isDown ? layers : [...layers].reverse()) {
      const wanted = items.map((item) => wantedX(item, shapes, xs, isDown));
      const placed = spread(
        wanted,
        items.map((item) => shapes.get(item)!.width + GAP),
      );
      items.forEach((item, index) => {
        xs.set(item, placed[index]!);
      });
    }
  }
  const least = Math.min(...xs.values());
  return new Map(Array.from(xs, ([item, x]) => [item, x - least]));
}

/** Where the item's lines to the layer above (or below) would be straight, in the mean. */
function wantedX(
  item: Item,
  shapes: ReadonlyMap<Item, Shape>,
  xs: ReadonlyMap<Item, number>,
  isDown: boolean,
): number {
  const own = isDown ? 'upper' : 'lower';
  const wishes = Array.from(shapes.get(item)!.ports[own], ([piece, offset]) => {
    const other = isDown ? piece.upper : piece.lower;
    return (
      xs.get(other)! + shapes.get(other)!.ports[isDown ? 'lower' : 'upper'].get(piece)! - offset
    );
  });
  if (wishes.length === 0) return xs.get(item)!;
  return wishes.reduce((sum, wish) => sum + wish, 0) / wishes.length;
}

/**
 * The whole numbers nearest to `wanted`, in the same order, each at least the width of the one
 * before away from it (pool adjacent violators).
 */
function spread(wanted: readonly number[], widths: readonly number[]): number[] {
  const offsets: number[] = [];
  let offset = 0;
  for (const width of widths) {
    offsets.push(offset);
    offset += width;
  }
  const pools: { sum: number; count: number }[] = [];
  const meanOf = ({ sum, count }: { sum: number; count: number }) => sum / count;
  wanted.forEach((wish, index) => {
    let pool = { sum: wish - offsets[index]!, count: 1 };
    for (
      let last = pools.at(-1);
      last !== undefined && meanOf(last) > meanOf(pool);
      last = pools.at(-1)
    ) {
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count };
      pools.pop();
    }
    pools.push(pool);
  });
  return pools
    .flatMap((pool) => Array.from({ length: pool.count }, () => Math.round(meanOf(pool))))
    .map((base, index) => base + offsets[index]!);
}

/** Moves a port of a piece that is nearly straight, if its box has room there. */
function straighten(
  piece: Piece,
  shapes: ReadonlyMap<Item, Shape>,
  xs: ReadonlyMap<Item, number>,
): void {
  const ends = [
    { item: piece.upper, side: 'lower' },
    { item: piece.lower, side: 'upper' },
  ] as const;
  const columns = ends.map(
    ({ item, side }) => xs.get(item)! + shapes.get(item)!.ports[side].get(piece)!,
  );
  if (columns[0] === columns[1] || Math.abs(columns[0]! - columns[1]!) > MAX_MOVE) return;
  for (const [index, { item, side }] of ends.entries()) {
    const { boxWidth, ports } = shapes.get(item)!;
    const offset = columns[1 - index]! - xs.get(item)!;
    const others = Array.from(ports[side]).filter(([other]) => other !== piece);
    const isFree = others.every(([, other]) => Math.abs(other - offset) > 1);
    if (offset < 1 || offset > boxWidth - 2 || !isFree) continue;
    ports[side].set(piece, offset);
    return;
  }
}
