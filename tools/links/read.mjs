/** Reads links and names in Markdown. Code blocks are ignored. */

/**
 * A fenced code block. Its lines become empty lines, so that the other lines keep their numbers.
 */
const FENCED = /^(```+|~~~+).*?^\1[ \t]*$/gms;
const LINK = /\[(?:[^\]\\]|\\.)*\]\(([^()\s]+)\)/g;
/** `name()` names a function or method. For `Class.name()` the check looks for `name`. */
const FUNCTION = /`#?(?:[\w$]+\.)*#?([\w$]+)\(\)`/g;

function withoutCode(text) {
  return text.replace(FENCED, (block) => block.replace(/[^\n]/g, ''));
}

/**
 * The links of a page that lead to files of the repository, by line.
 *
 * @param {string} text
 * @returns {{ line: number, target: string }[]} `target` as written: `../README.md#run-it`,
 * `#run-it`
 */
export function readLinks(text) {
  return eachLine(text).flatMap(({ line, content }) =>
    [...content.replace(/`[^`]*`/g, '').matchAll(LINK)]
      .map(([, target]) => ({ line, target }))
      .filter(({ target }) => !/^[a-z][a-z+.-]*:/i.test(target)),
  );
}

/**
 * The functions that a row of a table or an item of a list names beside links to source files. Each
 * should be in one of these files.
 *
 * @param {string} text
 * @returns {{ line: number, names: string[], files: string[] }[]}
 */
export function readNames(text) {
  return entries(text).flatMap(({ line, content }) => {
    const names = [...content.matchAll(FUNCTION)].map(([, name]) => name);
    const links = [...content.matchAll(LINK)].map(([, target]) => target);
    const files = links.filter((target) => /\.(ts|mjs|c)$/.test(target));
    return names.length > 0 && files.length > 0 ? [{ line, names, files }] : [];
  });
}

/** Rows and items. Indented lines below an item belong to it. */
function entries(text) {
  const found = [];
  for (const { line, content } of eachLine(text)) {
    if (/^\s*(\||[-*] |\d+\. )/.test(content)) found.push({ line, content });
    else if (/^\s+\S/.test(content) && found.length > 0) found.at(-1).content += ` ${content}`;
  }
  return found;
}

function eachLine(text) {
  return withoutCode(text)
    .split('\n')
    .map((content, at) => ({ line: at + 1, content }));
}

/**
 * The anchors of a page's headings, in GitHub's form.
 *
 * @param {string} text
 * @returns {Set<string>}
 */
export function readAnchors(text) {
  const anchors = new Set();
  for (const { content } of eachLine(text)) {
    const heading = /^#{1,6} +(.*?)\s*$/.exec(content)?.[1];
    if (heading === undefined) continue;
    const slug = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    let anchor = slug;
    for (let copy = 1; anchors.has(anchor); copy += 1) anchor = `${slug}-${copy}`;
    anchors.add(anchor);
  }
  return anchors;
}
