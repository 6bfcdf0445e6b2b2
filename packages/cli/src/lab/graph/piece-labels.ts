import type { Label } from './drawing.ts';
import type { Piece } from './layers.ts';
import type { Graph } from './model.ts';

/** The labels of a piece, at its upper and at its lower end. */
export interface PieceLabels {
  readonly upper: readonly Omit<Label, 'x' | 'y'>[];
  readonly lower: readonly Omit<Label, 'x' | 'y'>[];
}

/** The upper end's labels are its own; the line's name goes with the lower end's. */
export function labelsOf(graph: Graph, { edge, isFirst, isLast, isDownward }: Piece): PieceLabels {
  const { endLabels, label } = graph.edges[edge]!;
  const [upper, lower] = isDownward ? endLabels : [endLabels[1], endLabels[0]];
  const end = (text: string) => ({ text, kind: 'end' as const });
  const link = (text: string) => ({ text, kind: 'link' as const });
  return {
    upper: isFirst ? upper.map(end) : [],
    lower: isLast ? [...label.map(link), ...lower.map(end)] : [],
  };
}
