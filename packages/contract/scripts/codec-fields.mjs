/**
 * How a field of each type is measured, written and read, as fragments of TypeScript over an
 * expression `value`.
 */
import protobuf from 'protobufjs';
import { ADDRESSES, ENUMS } from './records.mjs';

const UINT32_MAX = 0xffffffff;

/** Wire types (https://protobuf.dev/programming-guides/encoding/#structure). */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

/**
 * The TypeScript of each type of field. `size` gives the octets of the field with a tag of one
 * octet; 0 where the value is zero. `present` gives them for a field that has presence, also where
 * the value is zero. `write` is called where `size` is not 0.
 */
const TYPES = {
  uint32: {
    ...number('varint', VARINT, (value) => `varintOctets(${value})`),
    size: (value) => `varintFieldOctets(${value})`,
    range: [0, UINT32_MAX],
  },
  uint64: {
    ...number('varint', VARINT, (value) => `varintOctets(${value})`),
    size: (value) => `varintFieldOctets(${value})`,
  },
  fixed32: {
    ...number('fixed32', FIXED32, () => '4'),
    size: (value) => `(${value} === 0 ? 0 : 5)`,
  },
  address: {
    wire: FIXED32,
    zero: 'UNSPECIFIED_IPV4',
    size: (value) => `(isUnspecified(${value}) ? 0 : 5)`,
    write: (value, tag) => `writer.fixed32Field(${tag}, ipv4Bits(${value}));`,
    read: () => 'ipv4Address(reader.fixed32())',
  },
  fixed64: {
    ...number('fixed64', FIXED64, () => '8'),
    size: (value) => `(${value} === 0 ? 0 : 9)`,
  },
  double: {
    ...number('double', FIXED64, () => '8'),
    size: (value) => `(${value} === 0 ? 0 : 9)`,
  },
  bool: {
    wire: VARINT,
    zero: 'false',
    size: (value) => `(${value} ? 2 : 0)`,
    present: () => '2',
    write: (value, tag) => `if (${value}) writer.presentVarintField(${tag}, 1);`,
    writePresent: (value, tag) => `writer.presentVarintField(${tag}, ${value} ? 1 : 0);`,
    read: () => 'reader.boolean()',
  },
  bytes: {
    wire: LENGTH,
    zero: 'NO_BYTES',
    size: (value) => `bytesFieldOctets(${value})`,
    write: (value, tag) => `writer.bytesField(${tag}, ${value});`,
    read: ({ copied }) => `reader.bytesField()${copied ? '.slice()' : ''}`,
  },
  string: {
    wire: LENGTH,
    zero: "''",
    size: (value) => `textFieldOctets(${value})`,
    present: (value) => `lengthFieldOctets(textOctets(${value}))`,
    write: (value, tag) => `writer.textField(${tag}, ${value});`,
    writePresent: (value, tag) => `writer.presentTextField(${tag}, ${value});`,
    read: () => 'reader.text()',
  },
  token: {
    wire: LENGTH,
    zero: "''",
    size: (value, { name }) => `lengthFieldOctets(checkToken('${name}', ${value}).length)`,
    write: (value, tag) => `writer.asciiField(${tag}, ${value});`,
    read: () => 'reader.token()',
  },
};

function number(name, wire, octets) {
  const method = `${name[0].toUpperCase()}${name.slice(1)}`;
  return {
    wire,
    zero: '0',
    present: (value) => `1 + ${octets(value)}`,
    write: (value, tag) => `writer.${name}Field(${tag}, ${value});`,
    writePresent: (value, tag) => `writer.present${method}Field(${tag}, ${value});`,
    read: () => `reader.${name}()`,
  };
}

function enumType(type) {
  const zero = `'${enumNames(type)[0]}'`;
  const { name } = type;
  return {
    wire: VARINT,
    zero: '0',
    zeroValue: zero,
    size: (value) => `(${value} === ${zero} ? 0 : 2)`,
    present: () => '2',
    writePresent: (value, tag) => `writer.presentVarintField(${tag}, number${name}(${value}));`,
    write: (value, tag) =>
      `if (${value} !== ${zero}) writer.presentVarintField(${tag}, number${name}(${value}));`,
    read: () => 'reader.varint()',
    result: (value, field) =>
      ENUMS[name].unknown === undefined
        ? `enumValue('${field}', NAMES_${name}, ${value})`
        : `NAMES_${name}[${value}] ?? '${ENUMS[name].unknown}'`,
  };
}

function messageType(type, optional) {
  const { name } = type;
  const octets = (value) => `lengthFieldOctets(size${name}(${value}))`;
  const write = (value, tag) => `write${name}(writer, ${tag}, ${value});`;
  if (optional) {
    return {
      wire: LENGTH,
      zero: 'undefined',
      optional,
      present: octets,
      writePresent: write,
      read: () => `read${name}(reader)`,
    };
  }
  return {
    wire: LENGTH,
    zero: zeroName(type),
    size: octets,
    write,
    read: () => `read${name}(reader)`,
  };
}

/** The type of a repeated field. */
function listType(type) {
  const { name } = type;
  return {
    wire: LENGTH,
    zero: '[]',
    size: (value) => `listFieldOctets(${value}, size${name})`,
    write: (value, tag) => `for (const one of ${value}) write${name}(writer, ${tag}, one);`,
    read: () => `read${name}(reader)`,
    message: type,
    isList: true,
  };
}

/** `SocketAddress` becomes `SOCKET_ADDRESS`. */
const upper = (name) => name.replace(/(?<=.)([A-Z])/g, '_$1').toUpperCase();

/** The name of the constant that stands for an absent message. */
export const zeroName = (type) => `NO_${upper(type.name)}`;

/** The names of an enum's values, by number: `CLOSE_REASON_TIMED_OUT` becomes `timed out`. */
export function enumNames(type) {
  const prefix = `${upper(type.name)}_`;
  const names = Object.keys(type.values).sort(
    (one, other) => type.values[one] - type.values[other],
  );
  names.forEach((name, index) => {
    if (type.values[name] !== index || !name.startsWith(prefix) || index > 127) {
      throw new Error(`${type.name}.${name}: values must count from 0, and be named ${prefix}…`);
    }
  });
  const spell = ENUMS[type.name].spell ?? lowerWords;
  return names.map((name) => spell(name.slice(prefix.length)));
}

const lowerWords = (name) => name.toLowerCase().replaceAll('_', ' ');

export const lower = (name) => `${name[0].toLowerCase()}${name.slice(1)}`;

/** A tag of one octet. Of a tag of two it is the last octet: see {@link wideTag}. */
const hex = (octet) => `0x${octet.toString(16).padStart(2, '0')}`;

/** The first octet of a tag of two octets. Undefined: the tag has one octet. */
export const wideTag = (tag) => (tag > 0x7f ? hex((tag & 0x7f) | 0x80) : undefined);

export const lastTag = (tag) => hex(tag > 0x7f ? tag >>> 7 : tag);

/**
 * The generator's description of a field.
 *
 * @param {protobuf.Field} field From the .proto file.
 * @param {import('./records.mjs').FieldNote} note
 * @param {(message: string) => import('./records.mjs').MessageNote} noteOf
 */
export function fieldOf(field, note, noteOf) {
  const { name, id } = field;
  const where = `${field.parent.name}.${name}`;
  const isList = field.repeated === true;
  if (field.map || (isList && !(field.resolvedType instanceof protobuf.Type))) {
    throw new Error(`${where}: in a PDU only a message may be repeated`);
  }
  const type = isList ? listType(field.resolvedType) : typeOf(field, note, noteOf);
  const presence = type.optional || field.options?.proto3_optional === true;
  if (presence && type.present === undefined) {
    throw new Error(
      `${where}: only a number, a text, an enum or an optional message may have presence`,
    );
  }
  const tag = (id << 3) | type.wire;
  if (tag > 0x3fff || (tag > 0x7f && type.writePresent === undefined)) {
    throw new Error(`${where}: a field above 15 must be a number, a bool or text, and below 2048`);
  }
  const record = protobuf.util.camelCase(name);
  return { ...type, ...note, range: note.range ?? type.range, name, record, tag, presence };
}

function typeOf(field, note, noteOf) {
  const { resolvedType } = field;
  if (resolvedType instanceof protobuf.Enum) {
    if (!Object.hasOwn(ENUMS, resolvedType.name)) {
      throw new Error(`${resolvedType.name}: records.mjs does not say where its type is`);
    }
    return { ...enumType(resolvedType), enum: resolvedType };
  }
  if (resolvedType instanceof protobuf.Type) {
    const optional = noteOf(resolvedType.name).optional === true;
    return { ...messageType(resolvedType, optional), message: resolvedType };
  }
  const isAddress = field.type === 'fixed32' && ADDRESSES.has(field.name);
  const type = TYPES[note.token ? 'token' : isAddress ? 'address' : field.type];
  if (type === undefined) {
    throw new Error(
      `${field.parent.name}.${field.name}: a PDU must not have a field of type ${field.type}`,
    );
  }
  return { ...type, isToken: note.token };
}

/** The expression for the octets of the field in `value`. */
export function sizeOf(field, value) {
  if (field.presence) {
    const wide = wideTag(field.tag) === undefined ? '' : '1 + ';
    return `(${value} === undefined ? 0 : ${wide}${field.present(value, field)})`;
  }
  const given = field.absent && field.zero === 'NO_BYTES' ? `${value} ?? NO_BYTES` : value;
  if (field.tail === undefined) {
    const size = field.size(given, field);
    return wideTag(field.tag) === undefined ? size : `wideFieldOctets(${size})`;
  }
  return `bytesFieldOctets(${given}, pdu.${field.tail})`;
}

/** The statement that writes the field. */
export function writeOf(field, value) {
  const tag = lastTag(field.tag);
  const wide = wideTag(field.tag);
  if (field.presence || wide !== undefined) {
    const write = field.writePresent(value, tag, field);
    const isThere = `if (${value} !== ${field.presence ? 'undefined' : field.zero})`;
    return wide === undefined
      ? `${isThere} ${write}`
      : `${isThere} {\n    writer.octet(${wide});\n    ${write}\n  }`;
  }
  const given = field.absent && field.zero === 'NO_BYTES' ? `${value} ?? NO_BYTES` : value;
  if (field.tail === undefined) return field.write(given, tag, field);
  return `writer.bytesField(${tag}, ${given}, pdu.${field.tail});`;
}

/**
 * The statement that refuses a value outside the field's range. Undefined: the field has no range.
 */
export function checkOf(field, value, owner) {
  const { name, range, octets } = field;
  if (field.isToken) return `if (${value} === '') throw malformed('a ${owner} without ${name}');`;
  const check =
    octets !== undefined
      ? `checkOctets('${name}', ${value}, ${octets.join(', ')});`
      : range !== undefined && `checkRange('${name}', ${value}, ${range.join(', ')});`;
  if (!check) return undefined;
  return field.presence || field.absent ? `if (${value} !== undefined) ${check}` : check;
}
