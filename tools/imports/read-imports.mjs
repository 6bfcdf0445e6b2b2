import { extname } from 'node:path';
import { parseSync } from '@swc/core';

/**
 * Reads the imports of one source file from its syntax tree.
 *
 * @typedef {object} Import
 * @property {string | null} name the module's name as written; null if it is not a plain string
 * @property {boolean} typeOnly     true if nothing of it is left at run time
 * @property {boolean} late         true if it is loaded only when the code runs: `import(…)`
 * @property {number} line          1-based
 *
 * @typedef {object} Named
 * @property {string} object           a name that the file uses, other than as a property's
 * @property {string | null} property  the property read from it, if a single one is named
 * @property {number} line
 */

/**
 * @param {string} text  the file's text
 * @param {string} path  only its ending matters
 * @returns {{ imports: Import[], names: Named[], references: { line: number }[] }}
 * @throws {SyntaxError} if the text does not parse
 */
export function readImports(text, path) {
  const lineAt = lineFinder(text);
  const imports = [];
  const names = [];
  const add = (node, source, typeOnly, late = false) =>
    imports.push({ name: literal(source), typeOnly, late, line: lineAt(node.span.start) });
  visit(parse(text, path), {
    ImportDeclaration: (node) => add(node, node.source, node.typeOnly || allTypes(node.specifiers)),
    ExportAllDeclaration: (node) => add(node, node.source, node.typeOnly === true),
    ExportNamedDeclaration: (node) => {
      if (node.source) add(node, node.source, node.typeOnly || allTypes(node.specifiers));
    },
    TsImportType: (node) => add(node, node.argument, true),
    TsImportEqualsDeclaration: (node) => {
      if (node.moduleRef.type === 'TsExternalModuleReference')
        add(node, node.moduleRef.expression, node.isTypeOnly);
    },
    CallExpression: (node) => {
      if (loadsModule(node.callee)) add(node, node.arguments[0]?.expression, false, true);
    },
    MemberExpression: (node) => {
      const property =
        node.property.type === 'Identifier'
          ? node.property.value
          : literal(node.property.expression);
      if (node.object.type === 'Identifier')
        names.push({ object: node.object.value, property, line: lineAt(node.object.span.start) });
    },
    Identifier: (node) =>
      names.push({ object: node.value, property: null, line: lineAt(node.span.start) }),
  });
  return { imports, names, references: typeReferences(text) };
}

function parse(text, path) {
  const script = path.endsWith('.cjs');
  const typed = ['.ts', '.mts', '.cts', '.tsx'].includes(extname(path));
  try {
    return parseSync(text, {
      ...(typed
        ? { syntax: 'typescript', tsx: path.endsWith('x') }
        : { syntax: 'ecmascript', jsx: false }),
      target: 'es2022',
      isModule: !script,
    });
  } catch (error) {
    throw new SyntaxError(String(error.message).split('\n')[0], { cause: error });
  }
}

/** `import(x)`, `require(x)`, `require.resolve(x)` and `import.meta.resolve(x)`. */
function loadsModule(callee) {
  if (callee.type === 'Import') return true;
  if (callee.type === 'Identifier') return callee.value === 'require';
  if (callee.type !== 'MemberExpression' || callee.property.value !== 'resolve') return false;
  return callee.object.type === 'MetaProperty' || callee.object.value === 'require';
}

/**
 * With `verbatimModuleSyntax` the statement `import { type A } from 'a'` still loads module a. For
 * this check it counts as a type import.
 */
function allTypes(specifiers) {
  return specifiers.length > 0 && specifiers.every((specifier) => specifier.isTypeOnly === true);
}

/** The value of a string without holes, else null. */
function literal(node) {
  if (node?.type === 'StringLiteral') return node.value;
  if (node?.type === 'TemplateLiteral' && node.expressions.length === 0)
    return node.quasis[0].cooked;
  return null;
}

function visit(node, visitors) {
  if (Array.isArray(node)) {
    for (const child of node) visit(child, visitors);
    return;
  }
  if (node === null || typeof node !== 'object') return;
  visitors[node.type]?.(node);
  for (const [key, child] of Object.entries(node)) {
    if (isJustAName(node, key)) continue;
    visit(child, visitors);
  }
}

/** In `a.b`, b is not a use of a global b, and a has already been noted together with b. */
function isJustAName(node, key) {
  return (
    node.type === 'MemberExpression' &&
    (key === 'property' || key === 'object') &&
    node[key].type === 'Identifier'
  );
}

/** swc counts UTF-8 octets from 1. */
function lineFinder(text) {
  const octets = Buffer.from(text);
  const starts = [0];
  for (let at = octets.indexOf(10); at >= 0; at = octets.indexOf(10, at + 1)) starts.push(at + 1);
  return (position) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= position - 1) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

/** Directives such as `/// <reference types="node" />`: comments, which the tree leaves out. */
function typeReferences(text) {
  const found = [];
  for (const [index, line] of text.split('\n').entries())
    if (line.trimStart().startsWith('///') && line.includes('<reference'))
      found.push({ line: index + 1 });
  return found;
}
