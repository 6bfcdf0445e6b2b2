import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pbjs from 'protobufjs-cli/pbjs.js';

const LINE = 100;

/**
 * The contract below `root` in protobufjs' JSON form.
 *
 * @param {string} root
 * @returns {Promise<object>}
 */
export async function readContract(root) {
  const directory = join(root, 'proto/strata/v1');
  const files = readdirSync(directory)
    .filter((name) => name.endsWith('.proto'))
    .sort()
    .map((name) => join(directory, name));
  const main = promisify(pbjs.main);
  return JSON.parse(await main(['-p', join(root, 'proto'), '-t', 'json', ...files]));
}

/**
 * The JSON in the format of this repo's formatter: an array is on one line if it fits.
 *
 * @param {object} contract
 * @returns {string}
 */
export function format(contract) {
  return `${formatValue(contract, '', 0)}\n`;
}

function formatValue(value, indent, before) {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value.map((item) => formatValue(item, inner, 0));
    const line = `[${items.join(', ')}]`;
    if (indent.length + before + line.length + 1 <= LINE) return line;
    return `[\n${items.map((item) => inner + item).join(',\n')}\n${indent}]`;
  }
  const fields = Object.entries(value).map(([name, field]) => {
    const key = `${JSON.stringify(name)}: `;
    return inner + key + formatValue(field, inner, key.length);
  });
  return fields.length === 0 ? '{}' : `{\n${fields.join(',\n')}\n${indent}}`;
}
