/** The .proto files, as protobufjs reads them. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

const PROTO = fileURLToPath(new URL('../../../proto/', import.meta.url));

const root = new protobuf.Root();
root.resolvePath = (_, target) => join(PROTO, target);
root.loadSync('strata/v1/control.proto').resolveAll();

/** Names in camelCase and types of a message's fields. */
export function fieldsOf(
  message: string,
): readonly { readonly name: string; readonly type: string }[] {
  return root.lookupType(`strata.v1.${message}`).fieldsArray;
}
