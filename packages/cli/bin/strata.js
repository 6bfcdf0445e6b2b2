#!/usr/bin/env node
import { existsSync } from 'node:fs';

if (!existsSync(new URL('../dist/main.js', import.meta.url))) {
  console.error('strata: not built yet: run `npm run build` first');
  process.exit(1);
}
// A service runs for long, and takes less memory if it is loaded from few files.
const bundle = new URL('../build/main.js', import.meta.url);
const isBundled = process.argv[2] === 'service' && existsSync(bundle);
const { main } = isBundled ? await import('../build/main.js') : await import('../dist/main.js');
await main(process.argv);
