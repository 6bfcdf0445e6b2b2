/**
 * node scripts/bundle.mjs
 *
 * Joins what a command or a service loads into a few files, build/*.js. Node spends some 100 KB and
 * 0.5 ms on each module: a service of 250 of them takes 15 MB more, and a command over NATS twice
 * the time to start. bin/strata.js runs dist where there is no bundle.
 */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const folder = fileURLToPath(new URL('..', import.meta.url));

rmSync(`${folder}/build`, { recursive: true, force: true });
await build({
  absWorkingDir: folder,
  entryPoints: ['dist/main.js'],
  outdir: 'build',
  bundle: true,
  // A file for each part that is loaded when it is wanted: the commands, the layers.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // The addon is found beside it. What only `strata pkt` loads is not a service's.
  external: ['@strata/tap', '@strata/conformance'],
  minifyWhitespace: true,
  // CommonJS packages load Node's own modules by require().
  banner: {
    js: "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);",
  },
  logLevel: 'warning',
});
