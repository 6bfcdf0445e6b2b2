import { CONNECTION } from './connection-fields.ts';
import type { AnyStruct } from './kinds.ts';
import { CONNECTION_REQUEST, DATAGRAM_SOCKET, LISTENER, STACK, TIME_WAIT } from './table-fields.ts';
import { planOf } from './walk.ts';

/** A field of a message, as protobuf has it. */
export interface HandoverField {
  readonly message: string;
  readonly name: string;
  /** Type of a scalar, an enum or a message. */
  readonly type: string;
  readonly isRepeated: boolean;
  /**
   * An omitted field differs from the type's zero (proto3 `optional`), or the field is a message.
   */
  readonly hasPresence: boolean;
  /** The names of an enum's values, in the order of their numbers. */
  readonly names: readonly string[] | undefined;
}

/** All fields of the records written and read here, to check that a schema or a decoder agrees. */
export function handoverFields(): HandoverField[] {
  const fields = new Map<string, HandoverField[]>();
  const visit = (struct: AnyStruct): void => {
    if (fields.has(struct.message)) return;
    const { entries } = planOf(struct);
    fields.set(
      struct.message,
      entries.map(({ recordName, kind }) => ({
        message: struct.message,
        name: recordName,
        type: kind.type,
        isRepeated: kind.isRepeated === true,
        hasPresence: kind.hasPresence,
        names: kind.names,
      })),
    );
    for (const { kind } of entries) if (kind.struct !== undefined) visit(kind.struct);
  };
  const roots = [CONNECTION, CONNECTION_REQUEST, TIME_WAIT, LISTENER, DATAGRAM_SOCKET, STACK];
  for (const root of roots) visit(root);
  return [...fields.values()].flat();
}
