import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { listFiles } from '../imports/list-files.mjs';

/** Most columns of a comment. The formatter wraps code, but not comments. */
const MAX_COLUMNS = 100;
/** Most files in a folder of sources. */
const MAX_FILES = 19;

/** How a line of a comment begins, by the file's extension. */
const COMMENTS = {
  ts: /^\s*(?:\/\/|\/\*|\*\s)/,
  mjs: /^\s*(?:\/\/|\/\*|\*\s)/,
  proto: /^\s*\/\//,
  c: /^\s*(?:\/\/|\/\*|\*\s)/,
  h: /^\s*(?:\/\/|\/\*|\*\s)/,
  sh: /^\s*#/,
  yaml: /^\s*#/,
};

/**
 * Checks every hand-written file below `root`: the width of its comments, and the number of files
 * in its folder of sources.
 *
 * @param {string} root
 * @returns {{ files: number, refusals: { file: string, line: number, what: string }[] }}
 */
export function checkFiles(root) {
  const files = listFiles(root).filter((file) => extensionOf(file) in COMMENTS);
  const refusals = files.flatMap((file) => {
    const lines = readFileSync(join(root, file), 'utf8').split('\n');
    return refuseComments(file, lines);
  });
  return { files: files.length, refusals: [...refusals, ...refuseFolders(files)] };
}

function extensionOf(file) {
  return file.slice(file.lastIndexOf('.') + 1);
}

function refuseComments(file, lines) {
  const comment = COMMENTS[extensionOf(file)];
  return lines.flatMap((text, index) => {
    const columns = [...text].length;
    if (columns <= MAX_COLUMNS || !comment.test(text) || !isBreakable(text)) return [];
    const what = `a comment of ${columns} columns; at most ${MAX_COLUMNS}: wrap it`;
    return [{ file, line: index + 1, what }];
  });
}

/**
 * Whether the line can be broken at a space. A long URL, a row of a table and an instruction to a
 * tool cannot.
 */
function isBreakable(text) {
  if (/(?:biome-ignore|@ts-)/.test(text) || /\S(?: {3}|\t)/.test(text)) return false;
  return /\S\s+\S.*\s\S/.test(text.slice(0, MAX_COLUMNS).trim());
}

function refuseFolders(files) {
  const counts = new Map();
  for (const file of files) {
    const folder = dirname(file);
    if (/(?:^|\/)src(?:\/|$)/.test(folder)) counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts].flatMap(([folder, count]) => {
    if (count <= MAX_FILES) return [];
    const what = `${count} files; at most ${MAX_FILES}, so that a file is found: give it rooms`;
    return [{ file: folder, line: 1, what }];
  });
}
