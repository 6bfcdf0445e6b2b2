import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { listFiles } from '../imports/list-files.mjs';
import { readAnchors, readLinks, readNames } from './read.mjs';

/**
 * Checks every Markdown page below `root`: the files and headings of its links exist, and a
 * function that a row or an item names beside a link is in the linked file.
 *
 * @param {string} root
 * @returns {{ pages: number, refusals: { file: string, line: number, what: string }[] }}
 */
export function checkLinks(root) {
  const pages = listFiles(root).filter((file) => file.endsWith('.md'));
  const refusals = pages.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const refused = [...refuseLinks(root, file, text), ...refuseNames(root, file, text)];
    return refused.map((one) => ({ file, ...one })).sort((a, b) => a.line - b.line);
  });
  return { pages: pages.length, refusals };
}

function refuseLinks(root, file, text) {
  return readLinks(text).flatMap(({ line, target }) => {
    const [path, anchor] = target.split('#', 2).map(decodeURIComponent);
    const full = path === '' ? join(root, file) : join(root, dirname(file), path);
    if (!existsSync(full)) return [{ line, what: `${path} is not there` }];
    if (anchor === undefined || !full.endsWith('.md')) return [];
    const page = path === '' ? text : readFileSync(full, 'utf8');
    if (readAnchors(page).has(anchor)) return [];
    return [{ line, what: `${path} has no heading for #${anchor}` }];
  });
}

function refuseNames(root, file, text) {
  return readNames(text).flatMap(({ line, names, files }) => {
    const full = files.map((path) => join(root, dirname(file), path)).filter(existsSync);
    const sources = full.map((path) => readFileSync(path, 'utf8')).join('\n');
    const words = new Set(sources.match(/[\w$]+/g));
    return names
      .filter((name) => !words.has(name))
      .map((name) => ({ line, what: `${name}() is not in ${files.join(', ')}` }));
  });
}
