import type { ToolIo } from '../tool.ts';
import type { Figures } from './figures.ts';
import type { CurlParsed } from './options.ts';

/** What the requests of a transfer share. */
export interface Transfer {
  readonly options: CurlParsed;
  readonly io: ToolIo;
  readonly figures: Figures;
  /** Aborts at a cancel, and at the longest time. */
  readonly signal: AbortSignal;
}
