import { readFileSync } from 'node:fs';
import { type HandoverField, handoverFields } from '@strata/transport';

interface ProtoField {
  readonly type: string;
  readonly id: number;
  readonly rule?: string;
  readonly options?: { readonly proto3_optional?: boolean };
}

interface ProtoType {
  readonly fields?: Readonly<Record<string, ProtoField>>;
  readonly oneofs?: Readonly<Record<string, { readonly oneof: readonly string[] }>>;
  readonly values?: Readonly<Record<string, number>>;
}

const contract = JSON.parse(
  readFileSync(new URL('../../../../proto/strata/v1/baseline.json', import.meta.url), 'utf8'),
);
const TYPES: Readonly<Record<string, ProtoType>> = contract.nested.strata.nested.v1.nested;

const BY_MESSAGE = new Map<string, HandoverField[]>();
for (const field of handoverFields()) {
  BY_MESSAGE.set(field.message, [...(BY_MESSAGE.get(field.message) ?? []), field]);
}

const SCALARS = ['uint32', 'fixed32', 'uint64', 'double', 'bool', 'string', 'bytes'];

/** Whether a field needs `optional`: absent differs from zero. Messages and lists never need it. */
function isOptional(message: string, name: string): boolean {
  return `_${name}` in (TYPES[message]?.oneofs ?? {});
}

describe('proto/strata/v1/handover.proto and the records', () => {
  it.each([...BY_MESSAGE])('have the same fields of the same types: %s', (message, fields) => {
    const proto = TYPES[message]?.fields ?? {};
    expect(fields.map(({ name }) => name).sort()).toEqual(Object.keys(proto).sort());
    for (const { name, type, isRepeated, hasPresence } of fields) {
      const { type: protoType, rule } = proto[name]!;
      const isScalar = SCALARS.includes(type) || TYPES[type]?.values !== undefined;
      expect([name, protoType]).toEqual([name, type]);
      expect([name, rule === 'repeated']).toEqual([name, isRepeated]);
      expect([name, isOptional(message, name)]).toEqual([name, isScalar && hasPresence]);
    }
  });

  const enums = handoverFields().filter(({ names }) => names !== undefined);

  it.each(enums)(
    'have the same numbers for the values of an enum: $message.$name',
    ({ type, names }) => {
      const prefix = type.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
      const inOrder = Object.entries(TYPES[type]?.values ?? {}).sort(([, a], [, b]) => a - b);
      const written = names?.map((name) => `${prefix}_${name.toUpperCase().replace(/[ -]/g, '_')}`);
      expect(inOrder.map(([name]) => name)).toEqual(written);
      expect(inOrder.map(([, number]) => number)).toEqual(written?.map((_, i) => i));
    },
  );

  it('have the same messages of a record', () => {
    const { version, ...contents } = TYPES['HandoverRecord']?.fields ?? {};
    expect(version?.id).toBe(1);
    for (const { type } of Object.values(contents)) expect(BY_MESSAGE.has(type)).toBe(true);
  });
});
