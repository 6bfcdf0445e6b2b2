/** Gives boxes, lines and labels of a layered graph their places, in characters and rows. */
import { columnsOf, type Slot } from './columns.ts';
import type { Box, Drawing, Label, Point, Polyline } from './drawing.ts';
import { type Item, layerGraph, type Piece } from './layers.ts';
import type { Graph } from './model.ts';
import { labelsOf, type PieceLabels } from './piece-labels.ts';
import { tracksOf } from './tracks.ts';

/** Rows of a box's border. */
const BORDER_ROWS = 2;

export function placeGraph(graph: Graph): Drawing {
  const { layers, pieces } = layerGraph(graph);
  const labels = new Map(pieces.map((piece) => [piece, labelsOf(graph, piece)]));
  const slots = columnsOf(graph, layers, pieces, labels);
  const boxes: Box[] = [];
  const lines: Polyline[] = [];
  const texts: Label[] = [];
  let y = 0;
  layers.forEach((items, layer) => {
    const height = Math.max(...items.map((item) => heightOf(graph, item)));
    for (const item of items) {
      const slot = slots.get(item)!;
      if (item.kind === 'node') boxes.push(boxOf(graph, item.node, slot, y, height));
      else lines.push({ points: straight(slot.upper[0]!, y, y + height - 1), isOutside: false });
    }
    const here = pieces.filter((piece) => piece.layer === layer);
    const gap = gapOf(here, slots, labels);
    const top = y + height;
    for (const piece of here) {
      const [x1, x2] = [gap.upperOf(piece), gap.lowerOf(piece)];
      const bend = top + gap.upperRows + gap.tracks.get(piece)!;
      const bottom = top + gap.rows;
      // A line starts on the border of its box.
      const points = [
        { x: x1, y: top - 1 },
        { x: x1, y: bend },
        { x: x2, y: bend },
        { x: x2, y: bottom },
      ];
      const [a, b] = graph.edges[piece.edge]!.ends;
      const isOutside = [a, b].some((node) => graph.nodes[node]!.shape === 'outside');
      lines.push({ points, isOutside });
      const { upper, lower } = labels.get(piece)!;
      upper.forEach((label, row) => {
        texts.push({ ...label, x: x1 + 2, y: top + row });
      });
      lower.forEach((label, row) => {
        texts.push({ ...label, x: x2 + 2, y: bottom - lower.length + row });
      });
    }
    y = top + (here.length === 0 ? 0 : gap.rows);
  });
  const right = [
    ...boxes.map((box) => box.x + box.width),
    ...texts.map(({ x, text }) => x + text.length),
    ...lines.flatMap(({ points }) => points.map(({ x }) => x + 1)),
  ];
  return { title: graph.title, width: Math.max(...right), height: y, boxes, lines, labels: texts };
}

function heightOf(graph: Graph, item: Item): number {
  return item.kind === 'bend' ? 1 : graph.nodes[item.node]!.lines.length + BORDER_ROWS;
}

function boxOf(graph: Graph, node: number, slot: Slot, y: number, height: number): Box {
  const { shape, lines } = graph.nodes[node]!;
  return { x: slot.x, y, width: slot.boxWidth, height, shape, lines };
}

function straight(x: number, from: number, to: number): Point[] {
  return [
    { x, y: from },
    { x, y: to },
  ];
}

/** The rows between two layers: labels of the upper ends, bends, labels of the lower ends. */
function gapOf(
  pieces: readonly Piece[],
  slots: ReadonlyMap<Item, Slot>,
  labels: ReadonlyMap<Piece, PieceLabels>,
) {
  const upperOf = (piece: Piece) => slots.get(piece.upper)!.portOf('lower', piece);
  const lowerOf = (piece: Piece) => slots.get(piece.lower)!.portOf('upper', piece);
  const all = pieces.map((piece) => labels.get(piece)!);
  const upperRows = Math.max(0, ...all.map(({ upper }) => upper.length));
  const lowerRows = Math.max(0, ...all.map(({ lower }) => lower.length));
  const { tracks, count } = tracksOf(pieces, upperOf, lowerOf);
  return { upperOf, lowerOf, upperRows, tracks, rows: upperRows + count + lowerRows };
}
