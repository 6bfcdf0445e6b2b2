#!/usr/bin/env node
import { existsSync } from 'node:fs';

if (!existsSync(new URL('../dist/main.js', import.meta.url))) {
  console.error('strata: not built yet: run `npm run build` first');
  process.exit(1);
}
// A command starts sooner from few files, and a service takes less memory. `up` and `pkt` are what
// a developer looks into: they run the files as they are.
const bundle = new URL('../build/main.js', import.meta.url);
const isBundled = !['up', 'pkt'].includes(process.argv[2]) && existsSync(bundle);
const { main } = isBundled ? await import('../build/main.js') : await import('../dist/main.js');
await main(process.argv);
