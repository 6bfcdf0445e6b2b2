/**
 * Finds the differences between two contracts, in protobufjs' JSON form, that break programs with
 * the older one.
 */

/**
 * @param {object} before
 * @param {object} after
 * @returns {string[]} one line for each break
 */
export function compare(before, after) {
  const old = flatten(before);
  const now = flatten(after);
  const breaks = [];
  for (const [name, type] of old) {
    const successor = now.get(name);
    if (successor === undefined) breaks.push(`${name}: is gone or has another name`);
    else if (isEnum(type) !== isEnum(successor)) breaks.push(`${name}: message and enum changed`);
    else if (isEnum(type)) compareEnums(name, type, successor, breaks);
    else compareMessages(name, type, successor, breaks);
  }
  return breaks;
}

const isEnum = (type) => type.values !== undefined;

/** All messages and enums by full name. */
function flatten(contract) {
  const types = new Map();
  const visit = (node, name) => {
    if (node.fields !== undefined || node.values !== undefined) types.set(name, node);
    for (const [child, inner] of Object.entries(node.nested ?? {}))
      visit(inner, name === '' ? child : `${name}.${child}`);
  };
  visit(contract, '');
  return types;
}

function compareMessages(name, before, after, breaks) {
  const fields = entriesById(after.fields);
  for (const [field, old] of Object.entries(before.fields)) {
    const where = `${name}.${field}`;
    const moved = after.fields[field];
    const now = fields.get(old.id);
    if (moved !== undefined && moved.id !== old.id)
      breaks.push(`${where}: number ${old.id} became ${moved.id}`);
    if (now === undefined) {
      if (moved === undefined) checkReserved(where, old.id, protoName(field, old), after, breaks);
    } else if (now.name !== field) {
      if (moved === undefined)
        breaks.push(`${where}: became ${now.name}, with the number ${old.id}`);
      else breaks.push(`${where}: its number ${old.id} is now that of ${now.name}`);
    } else
      compareFields(
        where,
        { ...old, oneof: oneofOf(before, field) },
        { ...now.field, oneof: oneofOf(after, field) },
        breaks,
      );
  }
  checkReservations(name, before, after, breaks);
}

/**
 * The attributes of a field besides name and number: the key in the JSON form, and the word in
 * messages.
 */
const ATTRIBUTES = [
  ['type', 'type', 'none'],
  ['rule', 'rule', 'single'],
  ['keyType', 'key type', 'none'],
  ['oneof', 'oneof', 'none'],
];

function compareFields(where, before, after, breaks) {
  for (const [attribute, what, absent] of ATTRIBUTES) {
    const old = before[attribute] ?? absent;
    const now = after[attribute] ?? absent;
    if (old !== now) breaks.push(`${where}: ${what} ${old} became ${now}`);
  }
  const optional = (field) => field.options?.proto3_optional === true;
  if (optional(before) !== optional(after)) breaks.push(`${where}: presence changed (optional)`);
}

function compareEnums(name, before, after, breaks) {
  const names = new Map(Object.entries(after.values).map(([value, id]) => [id, value]));
  for (const [value, id] of Object.entries(before.values)) {
    const where = `${name}.${value}`;
    const moved = after.values[value];
    if (moved !== undefined && moved !== id) breaks.push(`${where}: number ${id} became ${moved}`);
    if (moved !== undefined) continue;
    const now = names.get(id);
    if (now !== undefined) breaks.push(`${where}: became ${now}, with the number ${id}`);
    else checkReserved(where, id, value, after, breaks);
  }
  checkReservations(name, before, after, breaks);
}

/** The number and the name of a removed entry must be reserved, so that nobody uses them again. */
function checkReserved(where, id, name, after, breaks) {
  if (!reservesNumber(after, id)) breaks.push(`${where}: is gone without \`reserved ${id};\``);
  if (!reservesName(after, name)) breaks.push(`${where}: is gone without \`reserved "${name}";\``);
}

/** A reservation must stay. */
function checkReservations(name, before, after, breaks) {
  for (const entry of before.reserved ?? []) {
    const kept =
      typeof entry === 'string'
        ? reservesName(after, entry)
        : (after.reserved ?? []).some(
            (other) => typeof other !== 'string' && other[0] <= entry[0] && other[1] >= entry[1],
          );
    if (!kept) breaks.push(`${name}: ${JSON.stringify(entry)} is no longer reserved`);
  }
}

function reservesNumber(type, id) {
  return (type.reserved ?? []).some(
    (entry) => typeof entry !== 'string' && entry[0] <= id && id <= entry[1],
  );
}

function reservesName(type, name) {
  return (type.reserved ?? []).includes(name);
}

const protoName = (field, { protoName: name }) => name ?? field;

function entriesById(fields) {
  return new Map(Object.entries(fields).map(([name, field]) => [field.id, { name, field }]));
}

/** The oneof of the field. A oneof that `optional` makes does not count. */
function oneofOf(type, field) {
  return Object.entries(type.oneofs ?? {}).find(
    ([, { oneof }]) =>
      oneof.includes(field) && type.fields[field].options?.proto3_optional !== true,
  )?.[0];
}
