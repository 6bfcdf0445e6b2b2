/** A drawing of boxes, lines and labels. */
import type { NodeShape } from './model.ts';

/** A box: `x`, `y` of its upper left corner. Its border takes one character on each side. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly shape: NodeShape;
  readonly lines: readonly string[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A line of a drawing, from corner to corner. */
export interface Polyline {
  readonly points: readonly Point[];
  /** Whether an end is outside of the lab. */
  readonly isOutside: boolean;
}

export interface Label extends Point {
  readonly text: string;
  readonly kind: 'end' | 'link';
}

/** A drawing. One unit is a character wide and a row high. */
export interface Drawing {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly lines: readonly Polyline[];
  readonly labels: readonly Label[];
}
