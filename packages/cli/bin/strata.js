#!/usr/bin/env node
import { existsSync } from 'node:fs';

if (!existsSync(new URL('../dist/main.js', import.meta.url))) {
  console.error('strata: not built yet: run `npm run build` first');
  process.exit(1);
}
const { main } = await import('../dist/main.js');
await main(process.argv);
