/**
 * Why a bus does not deliver a PDU to its layer. Each row: the counters that the drop increments,
 * and the meaning.
 */
import type { ReasonTable } from './reason-row.ts';

export const BUS_DROP_REASONS = {
  'strata/STALE_EPOCH': {
    counters: ['indication_stale', 'request_stale'],
    means: 'Its sender no longer owns the shard.',
  },
} as const satisfies ReasonTable;
