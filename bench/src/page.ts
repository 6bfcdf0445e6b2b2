/**
 * The place of a row's table in a page: between `<!-- bench:NAME -->` and the next `<!-- bench:end
 * -->`.
 */
const END = '<!-- bench:end -->';

/** Thrown if a page has no place for a table, or two. */
export class PageError extends Error {
  override readonly name = 'PageError';
}

/**
 * Returns the page with each table in its place, otherwise unchanged. Throws PageError if a place
 * is missing or appears twice.
 */
export function insertTables(page: string, tables: ReadonlyMap<string, readonly string[]>): string {
  let text = page;
  for (const [name, lines] of tables) text = insertTable(text, name, lines);
  return text;
}

function insertTable(page: string, name: string, lines: readonly string[]): string {
  const begin = `<!-- bench:${name} -->`;
  const from = page.indexOf(begin);
  if (from < 0) throw new PageError(`the page has no ${begin}: put it and ${END} where it goes`);
  if (page.indexOf(begin, from + 1) >= 0) throw new PageError(`the page has ${begin} twice`);
  const inside = from + begin.length;
  const to = page.indexOf(END, inside);
  const next = page.indexOf('<!-- bench:', inside);
  if (to < 0 || next < to) throw new PageError(`the page has no ${END} behind ${begin}`);
  return `${page.slice(0, inside)}\n\n${lines.join('\n')}\n\n${page.slice(to)}`;
}
