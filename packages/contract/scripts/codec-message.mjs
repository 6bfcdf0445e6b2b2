/** The functions that measure, write and read the fields of one message, as TypeScript. */
import { checkOf, sizeOf, writeOf } from './codec-fields.mjs';

/**
 * The function that measures a message. If ranges are to be checked when writing, it checks them
 * first.
 */
export function sizeSource(name, record, fields, { checked }) {
  const checks = checked
    ? fields.map((field) => checkOf(field, `pdu.${field.record}`, name)).filter(Boolean)
    : [];
  const terms = fields.map((field) => sizeOf(field, `pdu.${field.record}`));
  return `function size${name}(pdu: ${record}): number {
${checks.map((check) => `  ${check}\n`).join('')}  return (
    ${terms.join(' +\n    ')}
  );
}`;
}

/** The statements that write a message's fields, without the message's own tag and length. */
export function putSource(name, record, fields) {
  return `function put${name}(writer: Writer, pdu: ${record}): void {
${fields.map((field) => `  ${writeOf(field, `pdu.${field.record}`)}\n`).join('')}}`;
}

/** Declares a variable for the value that is read of the field. */
export function declare(field) {
  const { record, zero } = field;
  if (field.isList) return `const ${record}: ${field.message.name}[] = [];`;
  if (field.presence || field.absent) {
    if (field.message) return `let ${record}: ${field.message.name} | undefined;`;
    const types = { NO_BYTES: 'Uint8Array', "''": 'string', false: 'boolean' };
    return `let ${record}: ${types[zero] ?? 'number'} | undefined;`;
  }
  return `let ${record} = ${zero};`;
}

function arm(field) {
  const { record, headroom } = field;
  const value = field.read(field);
  const assign = field.isList ? `${record}.push(${value});` : `${record} = ${value};`;
  const test = `if (tag === 0x${field.tag.toString(16).padStart(2, '0')}) `;
  if (headroom === undefined) return `${test}${assign}`;
  return `${test}{
      ${assign}
      ${headroom} = reader.at - ${record}.byteLength - start;
    }`;
}

/** The record's property for the value that was read. */
export function property(field) {
  const { record } = field;
  if (field.enum) {
    const absent = field.presence ? `${record} === undefined ? undefined : ` : '';
    return `${record}: ${absent}${field.result(record, field.name)},`;
  }
  if (field.absent && field.zero !== 'NO_BYTES') return `${record}: ${record} || undefined,`;
  return `${record},`;
}

/** The loop over a message's fields. `others`: an arm for further tags. */
export function loop(fields, others = []) {
  const arms = [...fields.map(arm), ...others, 'reader.skip(tag);'];
  return `  while (reader.at < reader.end) {
    const tag = reader.tag();
    ${arms.join('\n    else ')}
  }`;
}

/** The function that reads a message. `given` and `isNested` are as in codec-source.mjs. */
export function readSource(name, record, fields, { note, given, isNested }) {
  const headroom = fields.find((field) => field.headroom !== undefined)?.headroom;
  const parameters = ['reader: Reader'];
  if (headroom !== undefined) parameters.push('start: number');
  parameters.push(...given.filter(({ type }) => type).map((one) => `${one.name}: ${one.type}`));
  const lines = [];
  if (isNested) lines.push('const outer = reader.end;', 'reader.end = reader.lengthEnd();');
  lines.push(...fields.map(declare));
  if (headroom !== undefined) lines.push(`let ${headroom} = 0;`);
  const after = fields.map((field) => checkOf(field, field.record, name)).filter(Boolean);
  if (isNested) after.unshift('reader.end = outer;');
  const properties = [
    ...given.map((one) => (one.type ? `${one.name},` : `${one.name}: ${one.value},`)),
    ...Object.entries(note.local ?? {}).map(([key, value]) => `${key}: ${value},`),
    ...fields.map(property),
    ...(headroom === undefined ? [] : [`${headroom},`]),
  ];
  return `function read${name}(${parameters.join(', ')}): ${record} {
${lines.map((line) => `  ${line}\n`).join('')}${loop(fields)}
${after.map((line) => `  ${line}\n`).join('')}  return {
    ${properties.join('\n    ')}
  };
}`;
}
