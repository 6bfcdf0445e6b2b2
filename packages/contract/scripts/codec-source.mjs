/**
 * Makes the codecs of the PDUs (src/gen/codecs.ts) from the .proto files and the notes in
 * records.mjs. Each message gets one function that measures it, one that writes it and one that
 * reads it.
 */
import protobuf from 'protobufjs';
import {
  checkOf,
  enumNames,
  fieldOf,
  lastTag,
  lower,
  sizeOf,
  wideTag,
  writeOf,
  zeroName,
} from './codec-fields.mjs';
import { declare, loop, property, putSource, readSource, sizeSource } from './codec-message.mjs';
import { ENUMS, ENVELOPES, PARTS, PDUS } from './records.mjs';

const LENGTH = 2;

/** The helpers that the generated code imports. */
const HELPERS = {
  '../codec/batch.ts': ['type PduCodec'],
  '../codec/envelope.ts': ['checkBody'],
  '../codec/reader.ts': [
    'checkOctets',
    'checkRange',
    'enumValue',
    'malformed',
    'NO_BYTES',
    'outOfRange',
    'type Reader',
  ],
  '../codec/writer.ts': [
    'bytesFieldOctets',
    'lengthFieldOctets',
    'listFieldOctets',
    'textFieldOctets',
    'textOctets',
    'type Writer',
    'varintFieldOctets',
    'varintOctets',
    'wideFieldOctets',
  ],
  '../session.ts': ['type SessionPdu'],
  '@strata/wire': ['ipv4Address', 'ipv4Bits', 'isUnspecified', 'UNSPECIFIED_IPV4'],
  '../token.ts': ['checkToken'],
};

/**
 * @param {protobuf.Root} root All .proto files, resolved, with the names of fields as written
 *   there.
 * @param {typeof PDUS} pdus
 * @param {typeof PARTS} parts
 * @returns {string} TypeScript. Throws Error where a note matches no message or field, or a PDU
 *   cannot have a field.
 */
export function codecSource(root, pdus = PDUS, parts = PARTS) {
  const notes = { ...pdus, ...parts };
  const noteOf = (name) => notes[name] ?? {};
  const types = new Map();
  for (const [name, note] of Object.entries(notes)) {
    const type = lookUp(root, name);
    for (const field of Object.keys(note.fields ?? {})) {
      if (type.fields[field] === undefined) throw new Error(`${name} has no field ${field}`);
    }
  }
  const context = { noteOf, types, sources: [], enums: new Map(), imports: new Map() };
  for (const name of Object.keys(pdus)) emitPdu(context, lookUp(root, name));
  const enums = [...context.enums.values()].map((type) => enumSource(context, type));
  const body = [...enums, ...context.sources].join('\n\n');
  return `${header(context, body)}\n${body}\n`;
}

function lookUp(root, name) {
  const type = root.lookup(`strata.v1.${name}`);
  if (type instanceof protobuf.Type) return type;
  throw new Error(
    `${name}: records.mjs has a note on it, and no .proto file a message of the name`,
  );
}

function header({ imports }, body) {
  const lines = [
    '/** Made by scripts/generate.mjs from proto/strata/v1 and scripts/records.mjs. */',
  ];
  for (const [from, names] of [...imports].sort()) {
    lines.push(`import type { ${[...names].sort().join(', ')} } from '${from}';`);
  }
  for (const [from, names] of Object.entries(HELPERS)) {
    const used = names.filter((name) =>
      new RegExp(`\\b${name.replace('type ', '')}\\b`).test(body),
    );
    if (used.length === 0) continue;
    const areTypes = used.every((name) => name.startsWith('type '));
    const list = areTypes ? used.map((name) => name.slice('type '.length)) : used;
    lines.push(`import ${areTypes ? 'type ' : ''}{ ${list.join(', ')} } from '${from}';`);
  }
  return `${lines.join('\n')}\n`;
}

function importType({ imports }, name, from) {
  if (!imports.has(from)) imports.set(from, new Set());
  imports.get(from).add(name);
  return name;
}

/** The fields of a message by number, without those of oneofs. Emits what they need first. */
function fieldsOf(context, type) {
  const notes = context.noteOf(type.name).fields ?? {};
  const fields = type.fieldsArray
    .filter((field) => field.partOf === null || field.options?.proto3_optional)
    .sort((one, other) => one.id - other.id)
    .map((field) => fieldOf(field, notes[field.name] ?? {}, context.noteOf));
  for (const field of fields) {
    if (field.enum !== undefined) context.enums.set(field.enum.name, field.enum);
    if (field.message !== undefined) emitPart(context, field.message);
  }
  return fields;
}

/** The members of a message's oneof, which is a union by `kind`. */
function membersOf(type) {
  return type.fieldsArray
    .filter((field) => field.partOf !== null && !field.options?.proto3_optional)
    .sort((one, other) => one.id - other.id)
    .map((field) => ({
      kind: field.name.replaceAll('_', '-'),
      message: field.resolvedType,
      tag: (field.id << 3) | LENGTH,
    }));
}

function emitPdu(context, type) {
  const members = membersOf(type);
  if (ENVELOPES.has(type.name)) emitEnvelope(context, type, members);
  else if (members.length > 0) emitUnion(context, type, members);
  else {
    const record = importType(context, type.name, context.noteOf(type.name).from);
    emitMessage(context, type, record, {});
    context.sources.push(`export const ${lower(type.name)}Codec: PduCodec<${record}> = {
  size: size${type.name},
  write: put${type.name},
  read: read${type.name},
};`);
  }
}

/** Emits a message that other messages contain, and returns its type as a field. */
function emitPart(context, type) {
  if (context.types.has(type.name)) return;
  const { from, optional } = context.noteOf(type.name);
  if (from === undefined)
    throw new Error(`${type.name}: records.mjs does not say where its type is`);
  const record = importType(context, type.name, from);
  const fields = emitMessage(context, type, record, { isNested: true });
  context.sources.push(`function write${type.name}(writer: Writer, tag: number, pdu: ${record}): void {
  writer.lengthField(tag, size${type.name}(pdu));
  put${type.name}(writer, pdu);
}`);
  if (optional) return;
  const zeros = fields.map((field) => `${field.record}: ${zeroOf(field)}`);
  context.sources.push(`const ${zeroName(type)}: ${record} = { ${zeros.join(', ')} };`);
}

const zeroOf = ({ presence, zero, zeroValue = zero }) => (presence ? 'undefined' : zeroValue);

/**
 * Emits the three functions of a message. `given`: the record's properties that come from outside,
 * `kind` included. `isNested`: the message is read from a field, which begins with the length.
 */
function emitMessage(context, type, record, { given = [], isNested = false }) {
  context.types.set(type.name, type);
  const note = context.noteOf(type.name);
  const fields = fieldsOf(context, type);
  const { name } = type;
  if (fields.length > 0) {
    context.sources.push(sizeSource(name, record, fields, note), putSource(name, record, fields));
  }
  context.sources.push(readSource(name, record, fields, { note, given, isNested }));
  return fields;
}

/**
 * The generated code for a message that is a member of a union. An empty message has no size
 * function and no write function.
 */
function memberOf(context, { message, kind, tag }, record, given) {
  const fields = emitMessage(context, message, record, {
    given: [{ name: 'kind', value: `'${kind}'` }, ...given],
  });
  const isEmpty = fields.length === 0;
  const hasStart = fields.some((field) => field.headroom !== undefined);
  const wide = wideTag(tag);
  const { name } = message;
  const size = (value) => (isEmpty ? '0' : `size${name}(${value})`);
  return {
    kind,
    tag: `0x${tag.toString(16).padStart(2, '0')}`,
    size: (value) => `${wide ? '1 + ' : ''}lengthFieldOctets(${size(value)})`,
    write: (value) => [
      ...(wide ? [`writer.octet(${wide});`] : []),
      `writer.lengthField(${lastTag(tag)}, ${size(value)});`,
      ...(isEmpty ? [] : [`put${name}(writer, ${value});`]),
    ],
    read: (...others) =>
      `read${name}(${['reader', ...(hasStart ? ['start'] : []), ...others].join(', ')})`,
    hasStart,
  };
}

const sizeCases = (members, value) =>
  members.map((one) => `      case '${one.kind}':\n        return ${one.size(value)};`).join('\n');

const writeCases = (members, value) =>
  members
    .map((one) => {
      const lines = [...one.write(value), 'return;'].map((line) => `\n        ${line}`);
      return `      case '${one.kind}':${lines.join('')}`;
    })
    .join('\n');

function emitUnion(context, type, fields) {
  const { from, what } = context.noteOf(type.name);
  const union = importType(context, type.name, from);
  const members = fields.map((field) =>
    memberOf(context, field, `Extract<${union}, { kind: '${field.kind}' }>`, []),
  );
  const start = members.some(({ hasStart }) => hasStart) ? ', start' : '';
  const arms = members.map(
    (one) => `if (tag === ${one.tag}) {
        reader.end = reader.lengthEnd();
        pdu = ${one.read()};
        reader.end = outer;
      }`,
  );
  context.sources.push(`export const ${lower(type.name)}Codec: PduCodec<${union}> = {
  size(pdu) {
    switch (pdu.kind) {
${sizeCases(members, 'pdu')}
    }
  },
  write(writer, pdu) {
    switch (pdu.kind) {
${writeCases(members, 'pdu')}
    }
  },
  read(reader${start}) {
    const outer = reader.end;
    let pdu: ${union} | undefined;
    while (reader.at < outer) {
      const tag = reader.tag();
      ${arms.join(' else ')} else reader.skip(tag);
    }
    if (pdu === undefined) throw malformed('${what} of no known kind');
    return pdu;
  },
};`);
}

/**
 * Emits a PDU that holds a body. The body is read after the whole envelope, because the body's
 * record has parts of the envelope.
 */
function emitEnvelope(context, type, bodies) {
  const { name } = type;
  const note = context.noteOf(name);
  const union = importType(context, name, note.from);
  const fields = fieldsOf(context, type);
  const members = bodies.map((body) => {
    const names = note.named === undefined || note.named.includes(body.kind);
    const given = [
      { name: 'socket', type: 'number' },
      ...(names ? [{ name: 'endpoint', type: 'string' }] : []),
      { name: 'trace', type: `${union}['trace']` },
    ];
    const record = `Extract<${union}, { kind: '${body.kind}' }>`;
    return { ...memberOf(context, body, record, given), given: given.map((one) => one.name) };
  });
  const own = (field) => (field.record === 'trace' ? 'pdu.body?.trace' : `pdu.${field.record}`);
  const tags = members.map((one) => `tag === ${one.tag}`).join(' || ');
  const cases = members.map(
    (one) => `    case ${one.tag}:\n      return ${one.read(...one.given)};`,
  );
  const envelope = fields.filter((field) => field.record !== 'trace').map(property);
  context.sources.push(`function sizeBody${name}(body: ${union}): number {
    switch (body.kind) {
${sizeCases(members, 'body')}
    }
}

function putBody${name}(writer: Writer, body: ${union}): void {
    switch (body.kind) {
${writeCases(members, 'body')}
    }
}

function readBody${name}(
  reader: Reader,
  tag: number,
  socket: number,
  endpoint: string,
  trace: ${union}['trace'],
): ${union} | undefined {
  switch (tag) {
${cases.join('\n')}
    default:
      return undefined;
  }
}

export const ${lower(name)}Codec: PduCodec<SessionPdu<${union}>> = {
  size(pdu) {
    checkBody(pdu);
    const octets =
      ${fields.map((field) => sizeOf(field, own(field))).join(' +\n      ')};
    return pdu.body === undefined ? octets : octets + sizeBody${name}(pdu.body);
  },
  write(writer, pdu) {
    ${fields.map((field) => writeOf(field, own(field))).join('\n    ')}
    if (pdu.body !== undefined) putBody${name}(writer, pdu.body);
  },
  read(reader) {
    const { end } = reader;
    ${fields.map(declare).join('\n    ')}
    // A later body replaces an earlier one.
    let bodyTag = 0;
    let bodyStart = 0;
    let bodyEnd = 0;
  ${loop(fields, [
    `if (${tags}) {
      bodyTag = tag;
      bodyEnd = reader.lengthEnd();
      bodyStart = reader.at;
      reader.at = bodyEnd;
    }`,
  ])}
    ${fields
      .map((field) => checkOf(field, field.record, name))
      .filter(Boolean)
      .join('\n    ')}
    reader.at = bodyStart;
    reader.end = bodyEnd;
    const body = readBody${name}(reader, bodyTag, socket, endpoint, trace);
    reader.at = end;
    reader.end = end;
    return { ${envelope.join(' ')} body };
  },
};`);
}

/** Emits an enum's names by number, and its numbers by name. */
function enumSource(context, type) {
  const { name } = type;
  const record = importType(context, ENUMS[name].record ?? name, ENUMS[name].from);
  const names = enumNames(type);
  const cases = names.map((one, number) => `    case '${one}':\n      return ${number};`);
  return `export const NAMES_${name}: readonly ${record}[] = ${JSON.stringify(names)};

function number${name}(value: ${record}): number {
  switch (value) {
${cases.join('\n')}
    default:
      throw outOfRange('${lower(name)}', value, \`one of \${NAMES_${name}.join(', ')}\`);
  }
}`;
}
