import type { Piece } from './layers.ts';

/**
 * Gives each piece the row of its level part, so that no two level parts meet, and no upright part
 * runs over that of another piece. `upperOf` and `lowerOf`: columns of a piece's ends. A straight
 * piece has row 0, and takes none.
 */
export function tracksOf(
  pieces: readonly Piece[],
  upperOf: (piece: Piece) => number,
  lowerOf: (piece: Piece) => number,
): { readonly tracks: ReadonlyMap<Piece, number>; readonly count: number } {
  const tracks = new Map<Piece, number>();
  const bent = pieces.filter((piece) => upperOf(piece) !== lowerOf(piece));
  const range = (piece: Piece) => {
    const [a, b] = [upperOf(piece), lowerOf(piece)];
    return { from: Math.min(a, b), to: Math.max(a, b) };
  };
  const overlap = (a: Piece, b: Piece) =>
    range(a).from <= range(b).to && range(b).from <= range(a).to;
  /** `visiting`: pieces that wait for this one; a circle of them is cut. */
  const place = (piece: Piece, visiting: ReadonlySet<Piece>): number => {
    const known = tracks.get(piece);
    if (known !== undefined) return known;
    // A piece that comes down where this one leaves must bend above it.
    const above = bent.filter(
      (other) => other !== piece && upperOf(other) === lowerOf(piece) && !visiting.has(other),
    );
    const inner = new Set([...visiting, piece]);
    let row = Math.max(-1, ...above.map((other) => place(other, inner))) + 1;
    const isTaken = () =>
      bent.some((other) => tracks.get(other) === row && other !== piece && overlap(other, piece));
    while (isTaken()) row += 1;
    tracks.set(piece, row);
    return row;
  };
  // Of the pieces that go to one side, the outermost bends first: so they do not cross.
  const isLeftward = (piece: Piece) => lowerOf(piece) < upperOf(piece);
  const outward = [...bent].sort((a, b) => upperOf(a) - upperOf(b));
  for (const piece of outward.filter(isLeftward)) place(piece, new Set());
  for (const piece of outward.reverse()) place(piece, new Set());
  const count = Math.max(0, ...Array.from(tracks.values(), (row) => row + 1));
  for (const piece of pieces) if (!tracks.has(piece)) tracks.set(piece, 0);
  return { tracks, count: Math.max(1, count) };
}
