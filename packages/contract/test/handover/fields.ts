import {
  type HandoverField,
  type HandoverRecord,
  handoverFields,
  type PlainMessage,
  type PlainValue,
} from '@strata/transport';

/** The message type of each kind of record. */
const CONTENTS: Readonly<Record<string, string>> = {
  connection: 'Connection',
  request: 'ConnectionRequest',
  timeWait: 'TimeWait',
  listener: 'Listener',
  datagramSocket: 'DatagramSocket',
  stack: 'StackState',
};

const BY_MESSAGE = new Map<string, HandoverField[]>();
for (const field of handoverFields()) {
  const others = BY_MESSAGE.get(field.message) ?? [];
  BY_MESSAGE.set(field.message, [...others, field]);
}

/** `Message.field` for each field of the schema. */
export const FIELD_NAMES: readonly string[] = handoverFields().map(nameOf);

function nameOf({ message, name }: HandoverField): string {
  return `${message}.${name}`;
}

/**
 * Calls `see` for each field that is set, at any depth. The field gets the value that `see`
 * returns. Undefined: the field is left out.
 */
function mapFields(
  record: HandoverRecord,
  see: (field: HandoverField, value: PlainValue) => PlainValue | undefined,
): HandoverRecord {
  const mapMessage = (message: string, plain: PlainMessage): PlainMessage => {
    const mapped: Record<string, PlainValue> = {};
    for (const field of BY_MESSAGE.get(message) ?? []) {
      const value = plain[field.name];
      if (value === undefined) continue;
      const kept = see(field, BY_MESSAGE.has(field.type) ? mapParts(field, value) : value);
      if (kept !== undefined) mapped[field.name] = kept;
    }
    return mapped;
  };
  const mapParts = (field: HandoverField, value: PlainValue): PlainValue =>
    Array.isArray(value)
      ? value.map((part) => mapMessage(field.type, part as PlainMessage))
      : mapMessage(field.type, value as PlainMessage);
  const contents = Object.entries(record).map(([name, value]) => [
    name,
    name === 'version' ? value : mapMessage(CONTENTS[name]!, value),
  ]);
  return Object.fromEntries(contents) as HandoverRecord;
}

/** The names of the fields that are set in the record. */
export function fieldsIn(record: HandoverRecord): ReadonlySet<string> {
  const seen = new Set<string>();
  mapFields(record, (field, value) => {
    seen.add(nameOf(field));
    return value;
  });
  return seen;
}

/** The record without the field, at any depth. */
export function without(name: string, record: HandoverRecord): HandoverRecord {
  return mapFields(record, (field, value) => (nameOf(field) === name ? undefined : value));
}
