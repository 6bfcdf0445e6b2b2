/** Draws with the line characters of Unicode (U+2500 and so on). */
import type { Box, Drawing, Point } from './drawing.ts';

const [UP, DOWN, LEFT, RIGHT] = [1, 2, 4, 8];

/** The character that has lines in these directions. */
const LINES = ' ╵╷│╴┘┐┤╶└┌├─┴┬┼';

/** A drawing as text. Each line ends with a newline. */
export function drawText({ title, width, height, boxes, lines, labels }: Drawing): string {
  const canvas = new Canvas(width, height);
  for (const { points } of lines) canvas.line(points);
  for (const box of boxes) drawBox(canvas, box);
  for (const { x, y, text } of labels) canvas.write(x, y, text);
  const heading = title === '' ? '' : `${title}\n\n`;
  return `${heading}${canvas.toString()}`;
}

function drawBox(canvas: Canvas, { x, y, width, height, lines }: Box): void {
  const [right, bottom] = [x + width - 1, y + height - 1];
  canvas.clear(x, y + 1, width, height - 2);
  canvas.line([
    { x, y },
    { x: right, y },
    { x: right, y: bottom },
    { x, y: bottom },
    { x, y },
  ]);
  const first = y + 1 + Math.floor((height - 2 - lines.length) / 2);
  lines.forEach((line, row) => {
    canvas.write(x + Math.ceil((width - line.length) / 2), first + row, line);
  });
}

class Canvas {
  readonly #directions: number[][];
  readonly #texts: string[][];

  constructor(width: number, height: number) {
    this.#directions = Array.from({ length: height }, () => new Array<number>(width).fill(0));
    this.#texts = Array.from({ length: height }, () => new Array<string>(width).fill(''));
  }

  line(points: readonly Point[]): void {
    points.slice(1).forEach((to, index) => {
      const from = points[index]!;
      if (from.x === to.x) this.#upright(from.x, Math.min(from.y, to.y), Math.max(from.y, to.y));
      else this.#level(from.y, Math.min(from.x, to.x), Math.max(from.x, to.x));
    });
  }

  #upright(x: number, top: number, bottom: number): void {
    for (let y = top; y < bottom; y += 1) {
      this.#add(x, y, DOWN);
      this.#add(x, y + 1, UP);
    }
  }

  #level(y: number, left: number, right: number): void {
    for (let x = left; x < right; x += 1) {
      this.#add(x, y, RIGHT);
      this.#add(x + 1, y, LEFT);
    }
  }

  #add(x: number, y: number, direction: number): void {
    const row = this.#directions[y];
    if (row !== undefined) row[x] = (row[x] ?? 0) | direction;
  }

  clear(x: number, y: number, width: number, height: number): void {
    for (const row of this.#directions.slice(y, y + height)) row.fill(0, x, x + width);
  }

  write(x: number, y: number, text: string): void {
    [...text].forEach((character, index) => {
      const row = this.#texts[y];
      if (row !== undefined) row[x + index] = character;
    });
  }

  toString(): string {
    const rows = this.#directions.map((row, y) => {
      const characters = row.map((lines, x) => this.#texts[y]?.[x] || LINES[lines]!);
      return `${characters.join('').trimEnd()}\n`;
    });
    return rows.join('');
  }
}
