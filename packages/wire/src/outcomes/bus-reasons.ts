/**
 * Why a bus keeps a PDU from the layer that it is for. Each row: the counters that it adds one to,
 * and what it means.
 */
import type { ReasonTable } from './reason-row.ts';

export const BUS_DROP_REASONS = {
  'strata/STALE_EPOCH': {
    counters: ['indication_stale', 'request_stale'],
    means: 'Its sender has lost the shard to another since.',
  },
} as const satisfies ReasonTable;
