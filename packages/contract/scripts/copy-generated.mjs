/**
 * node scripts/copy-generated.mjs: copies the generated code that tsc does not emit next to the
 * code that it emits.
 */
import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
cpSync(path('../src/gen'), path('../dist/gen'), {
  recursive: true,
  filter: (source) => !source.endsWith('codecs.ts'),
});
