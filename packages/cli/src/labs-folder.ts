import { fileURLToPath } from 'node:url';

/** The ready labs: a folder each. Declared beside main.ts, so that the bundle finds it too. */
export const LABS = fileURLToPath(new URL('../../../labs/', import.meta.url));
