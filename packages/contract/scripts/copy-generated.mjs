/** node scripts/copy-generated.mjs: puts the generated code beside what tsc emits. */
import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
cpSync(path('../src/gen'), path('../dist/gen'), { recursive: true });
