/** What `strata service` runs one of. */
export const LAYERS = ['link', 'network', 'transport', 'application', 'console'] as const;
export type Layer = (typeof LAYERS)[number];
