import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tests } from './find-tests.mjs';
import { parseReferences, parseTables, parseVerdict } from './parse.mjs';
import {
  APPENDIX_B,
  APPENDIX_B_DOCUMENT,
  OTHERS,
  OTHERS_FOLDER,
  VERDICTS,
} from './requirements.mjs';

/**
 * @typedef {{ file: string, line: number, what: string }} Refusal
 * @typedef {{ file: string, rows: number, verdicts: Record<string, number> }} Total
 */

/**
 * Checks the tables of met RFC requirements against the results of the last test run.
 *
 * @param {string} root  of the repo
 * @returns {{ totals: Total[], refusals: Refusal[] }}
 */
export function check(root) {
  const refusals = [];
  const tests = new Tests(root);
  const documents = readDocuments(root, refusals);
  const totals = documents.map(({ file, rows }) => {
    for (const row of rows) refusals.push(...refuseRow(row, tests));
    return totalOf(file, rows);
  });
  const main = documents.find(({ file }) => file === APPENDIX_B_DOCUMENT);
  refusals.push(...refuseIds(main?.rows ?? []), ...tests.refuseFiles());
  return { totals, refusals };
}

function readDocuments(root, refusals) {
  const others = join(root, OTHERS_FOLDER);
  const found = existsSync(others)
    ? readdirSync(others)
        .filter((name) => name.endsWith('.md'))
        .sort()
    : [];
  const wanted = OTHERS.map((number) => `rfc${number}.md`);
  const names = new Set([...wanted, ...found]);
  const files = [APPENDIX_B_DOCUMENT, ...[...names].map((name) => `${OTHERS_FOLDER}/${name}`)];
  const documents = [];
  for (const file of files) {
    if (!existsSync(join(root, file))) {
      refusals.push({ file, line: 0, what: 'the document is missing: write it' });
      continue;
    }
    const rows = parseTables(file, readFileSync(join(root, file), 'utf8'));
    if (rows.length === 0) {
      refusals.push({ file, line: 0, what: 'it has no table with a column "verdict"' });
    }
    documents.push({ file, rows });
  }
  return documents;
}

/** Each requirement of Appendix B must have exactly one row. */
function refuseIds(rows) {
  const refusals = [];
  const seen = new Map();
  for (const { file, line, id } of rows) {
    const refuse = (what) => refusals.push({ file, line, what });
    if (!APPENDIX_B.includes(id)) refuse(`${id} is no requirement of Appendix B`);
    else if (seen.has(id)) refuse(`${id} has a row already, in line ${seen.get(id)}: keep one`);
    else seen.set(id, line);
  }
  for (const id of APPENDIX_B) {
    if (seen.has(id)) continue;
    refusals.push({ file: APPENDIX_B_DOCUMENT, line: 0, what: `${id} has no row: add one` });
  }
  return refusals;
}

function refuseRow(row, tests) {
  const refusals = [];
  const refuse = (what) =>
    refusals.push({ file: row.file, line: row.line, what: `${row.id}: ${what}` });
  if (row.section === '') refuse('it names no section');
  if (row.asks === '') refuse('it does not say what is asked');
  const { word, reason } = parseVerdict(row.verdict);
  if (!VERDICTS.includes(word)) {
    refuse(`the verdict "${row.verdict}" is none of: ${VERDICTS.join(', ')}`);
  } else if (word !== 'met' && reason === '') {
    refuse(`the verdict "${word}" gives no reason: write "${word}: why"`);
  }
  const references = parseReferences(row.shownBy);
  if (word === 'met' && references.length === 0) {
    refuse('it is met but names no test: write `file` "sentence of the test"');
  }
  for (const { file, sentences } of references) {
    for (const what of refuseReference(file, sentences, tests)) refuse(what);
  }
  return refusals;
}

function refuseReference(file, sentences, tests) {
  const found = tests.resolve(file);
  if (typeof found === 'string') return [found];
  if (file.endsWith('.pkt')) return [tests.refuseScript(found.path)].filter(Boolean);
  if (sentences.length === 0) return [`${file} is named without the sentence of a test`];
  return sentences.map((sentence) => tests.refuse(found.path, sentence)).filter(Boolean);
}

function totalOf(file, rows) {
  const verdicts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0]));
  for (const row of rows) {
    const { word } = parseVerdict(row.verdict);
    if (word in verdicts) verdicts[word] += 1;
  }
  return { file, rows: rows.length, verdicts };
}
