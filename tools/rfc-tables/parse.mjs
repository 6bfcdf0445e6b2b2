/**
 * @typedef {object} Row  one requirement
 * @property {string} file  the document
 * @property {number} line
 * @property {string} id  `MUST-1`; in tables without ids the section
 * @property {string} section
 * @property {string} asks
 * @property {string} verdict
 * @property {string} shownBy
 */

/** The columns, by their headings. */
const COLUMNS = {
  id: 'id',
  section: 'section',
  'what it asks': 'asks',
  verdict: 'verdict',
  'shown by': 'shownBy',
};

/**
 * The rows of all tables of a document that have a column `verdict`.
 *
 * @param {string} file  its name, for the rows
 * @param {string} text
 * @returns {Row[]}
 */
export function parseTables(file, text) {
  const rows = [];
  let columns;
  for (const [index, line] of text.split('\n').entries()) {
    if (!line.startsWith('|')) {
      columns = undefined;
      continue;
    }
    const cells = cellsOf(line);
    if (columns === undefined) columns = cells.map((head) => COLUMNS[head.toLowerCase()]);
    else if (columns.includes('verdict') && !isRule(cells)) {
      const row = { file, line: index + 1, section: '', asks: '', verdict: '', shownBy: '' };
      for (const [i, column] of columns.entries()) if (column) row[column] = cells[i] ?? '';
      rows.push({ ...row, id: row.id ?? row.section });
    }
  }
  return rows;
}

/** Whether the row is the line of dashes below a table's heading. */
function isRule(cells) {
  return cells.every((cell) => /^:?-+:?$/.test(cell));
}

function cellsOf(line) {
  const inner = line.trim().replace(/^\|/, '').replace(/\|$/, '');
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replace(/\\([|*_<>\\])/g, '$1'));
}

/**
 * The tests that a cell names: a file in backticks, and after it the titles of its tests in double
 * quotes. A packetdrill script has no titles.
 *
 * @param {string} cell
 * @returns {{ file: string, sentences: string[] }[]}
 */
export function parseReferences(cell) {
  const references = [];
  for (const [, file, sentence] of cell.matchAll(/`([^`]+)`|"([^"]*)"/g)) {
    if (file !== undefined) references.push({ file, sentences: [] });
    else references.at(-1)?.sentences.push(sentence);
  }
  return references;
}

/** `met`, `not met` or `does not apply`, and the reason after the colon. */
export function parseVerdict(cell) {
  const [, word, reason = ''] = /^([^:]*)(?::\s*(.*))?$/.exec(cell) ?? [];
  return { word: word?.trim() ?? '', reason };
}
