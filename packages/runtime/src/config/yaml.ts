import { type Document, LineCounter, parseDocument } from 'yaml';
import { readText } from '../read-text.ts';
import { ConfigError } from './error.ts';

/** The text of the file `path`. Throws ConfigError with code CONFIG_READ. */
export function readYamlText(path: string): string {
  try {
    return readText(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message = `${READ_FAILURES[code ?? ''] ?? 'it cannot be read'} (${code})`;
    throw new ConfigError('CONFIG_READ', path, [{ path: '', message }]);
  }
}

const READ_FAILURES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder: should be a YAML file',
  EACCES: 'no permission to read it',
  EFBIG: 'it has more than 1,048,576 octets: should be a YAML file',
};

/**
 * The value of a YAML document; an empty one has no fields. `source` names it in errors. Throws
 * ConfigError with code CONFIG_SYNTAX.
 */
export function parseYaml(text: string, source: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ code, message, pos }) => {
      const { line, col } = lines.linePos(pos[0]);
      return { path: `line ${line}, column ${col}`, message: SYNTAX_FAULTS[code] ?? message };
    });
    throw new ConfigError('CONFIG_SYNTAX', source, problems);
  }
  return toValue(document, source) ?? {};
}

/** Replaces messages of the YAML library that are written for programmers. */
const SYNTAX_FAULTS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this field appears twice: should appear once',
  MULTIPLE_DOCS: 'a second document begins here: should be one (without ---)',
};

/**
 * The document as a value. The library finds aliases without an anchor, and aliases that expand too
 * far, only in this step.
 */
function toValue(document: Document, source: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new ConfigError('CONFIG_SYNTAX', source, [{ path: '', message: error.message }]);
  }
}
