import { listFiles } from '../imports/list-files.mjs';
import { readResults } from './results.mjs';

/** Finds the tests that documents name, and whether they passed. */
export class Tests {
  #root;
  #files;
  #results = new Map();
  /** The files that were named but did not run, with the number of times. */
  #named = new Map();

  constructor(root) {
    this.#root = root;
    this.#files = listFiles(root).filter((file) => /\.(test\.ts|test\.mjs|pkt)$/.test(file));
  }

  /**
   * The path of the file that a document names by the end of its path. A string: the reason why
   * there is none.
   */
  resolve(name) {
    const paths = this.#files.filter((path) => path === name || path.endsWith(`/${name}`));
    if (paths.length === 1) return { path: paths[0] };
    if (paths.length === 0) return `there is no ${name}: name a test file that exists`;
    return `${name} may be ${paths.join(' or ')}: name more of its path`;
  }

  /**
   * Why a test does not count. Undefined if it passed. Also undefined if no test of the file ran:
   * refuseFiles reports that once for the file.
   */
  refuse(path, sentence) {
    const results = this.#resultsOf(path);
    if (typeof results === 'string') {
      this.#named.set(path, (this.#named.get(path) ?? 0) + 1);
      return undefined;
    }
    const pattern = patternOf(sentence);
    const named = results.filter(
      ({ ancestorTitles, title }) =>
        pattern.test(title) || pattern.test([...ancestorTitles, title].join(' ')),
    );
    if (named.length === 0) {
      const near = nearest(
        sentence,
        results.map(({ title }) => title),
      );
      return `no test of ${path} says "${sentence}"${near && `; the nearest says "${near}"`}`;
    }
    const other = named.find(({ status }) => status !== 'passed');
    return other && `"${other.title}" of ${path} did not pass: it is ${other.status}`;
  }

  /** Refusals for the named files that did not run, or that have changed since. */
  refuseFiles() {
    return Array.from(this.#named, ([file, count]) => {
      const tests = `${count} test${count === 1 ? '' : 's'} that the tables name`;
      return { file, line: 0, what: `${this.#resultsOf(file)}; it has ${tests}` };
    });
  }

  /** Why a packetdrill script does not count: no passed test names it. */
  refuseScript(path) {
    const name = path.split('/').at(-1);
    const runs = this.#files.some((file) => {
      if (!file.startsWith('packages/conformance/') || file.endsWith('.pkt')) return false;
      const results = this.#resultsOf(file);
      if (typeof results === 'string') return false;
      // A title may also contain the folder.
      return results.some(
        ({ title, status }) => status === 'passed' && title.split(/[\s/]/).includes(name),
      );
    });
    return runs ? undefined : `no test that passed ran ${path}: run npm test`;
  }

  #resultsOf(path) {
    let results = this.#results.get(path);
    if (results === undefined) {
      results = readResults(this.#root, path);
      this.#results.set(path, results);
    }
    if (results === 'never') return 'it did not run: run npm test';
    if (results === 'outdated') return 'it has changed since it ran: run npm test';
    return results;
  }
}

/** The sentence as a pattern. Each placeholder of `it.each` matches any text, or any number. */
function patternOf(sentence) {
  const parts = sentence.split(/(%[sdifjopc#]|\$[a-zA-Z][\w.]*)/);
  const patterns = parts.map((part, i) => {
    if (i % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return /^%[dif#]$/.test(part) ? '-?[\\d.]+' : '.*';
  });
  return new RegExp(`^${patterns.join('')}$`, 's');
}

/**
 * The title that shares the most pairs of letters with the sentence. Empty if no title is similar.
 */
function nearest(sentence, titles) {
  const wanted = pairsOf(sentence);
  let best = '';
  let most = 0.5;
  for (const title of titles) {
    const pairs = pairsOf(title);
    const shared = [...pairs].filter((pair) => wanted.has(pair)).length;
    const share = (2 * shared) / (pairs.size + wanted.size || 1);
    if (share > most) [best, most] = [title, share];
  }
  return best;
}

function pairsOf(text) {
  const pairs = new Set();
  for (let i = 1; i < text.length; i += 1) pairs.add(text.slice(i - 1, i + 1).toLowerCase());
  return pairs;
}
