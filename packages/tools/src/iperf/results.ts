import type { Total } from './meter.ts';
import { streamId } from './protocol.ts';
import { type Counts, NO_COUNTS } from './stream.ts';

/** What one side of a test tells the other at its end. */
export interface Results {
  readonly streams: readonly RemoteStream[];
  readonly congestion: string | undefined;
  readonly cpu: { readonly total: number; readonly user: number; readonly system: number };
}

export interface RemoteStream {
  readonly counts: Counts;
  /** -1: not known. */
  readonly retransmits: number;
  readonly seconds: number;
}

/** The processor's share of this process since `before`, percent. */
export class CpuMeter {
  readonly #startMs = performance.now();
  readonly #start = process.cpuUsage();

  read(): Results['cpu'] {
    const { user, system } = process.cpuUsage(this.#start);
    const percent = (us: number) => us / 10 / Math.max(1, performance.now() - this.#startMs);
    return { total: percent(user + system), user: percent(user), system: percent(system) };
  }
}

/** As iperf3 sends them. */
export function resultsToJson(
  totals: readonly Total[],
  cpu: Results['cpu'],
  congestion: string | undefined,
): Record<string, unknown> {
  const hasRetransmits = totals.some(({ figures }) => figures.retransmits !== undefined);
  const isSender = totals.some(({ figures }) => figures.sender);
  return {
    cpu_util_total: cpu.total,
    cpu_util_user: cpu.user,
    cpu_util_system: cpu.system,
    sender_has_retransmits: hasRetransmits ? 1 : isSender ? 0 : -1,
    ...(congestion === undefined ? {} : { congestion_used: congestion }),
    streams: totals.map(({ counts, figures }, index) => ({
      id: streamId(index),
      bytes: counts.octets,
      retransmits: figures.retransmits ?? -1,
      jitter: counts.jitterSeconds,
      errors: counts.lost,
      packets: counts.packets,
      start_time: 0,
      end_time: figures.end,
    })),
  };
}

/** Reads what the other side sent, for the streams of this test. What is missing is 0. */
export function resultsFromJson(json: Readonly<Record<string, unknown>>, streams: number): Results {
  const list = Array.isArray(json['streams']) ? (json['streams'] as unknown[]) : [];
  const byId = new Map<unknown, Record<string, unknown>>();
  for (const one of list) {
    if (typeof one === 'object' && one !== null) {
      byId.set((one as Record<string, unknown>)['id'], one as Record<string, unknown>);
    }
  }
  const congestion = json['congestion_used'];
  return {
    streams: Array.from({ length: streams }, (_, index) => readStream(byId.get(streamId(index)))),
    congestion: typeof congestion === 'string' ? congestion.slice(0, 32) : undefined,
    cpu: {
      total: numberOf(json['cpu_util_total']),
      user: numberOf(json['cpu_util_user']),
      system: numberOf(json['cpu_util_system']),
    },
  };
}

function readStream(json: Record<string, unknown> = {}): RemoteStream {
  // Of a receiver, iperf3 writes -1 as an unsigned number of 64 bits.
  const retransmits = numberOf(json['retransmits']);
  return {
    counts: {
      ...NO_COUNTS,
      octets: numberOf(json['bytes']),
      packets: numberOf(json['packets']),
      lost: numberOf(json['errors']),
      jitterSeconds: numberOf(json['jitter']),
    },
    retransmits: retransmits >= 0 && retransmits < 2 ** 53 ? retransmits : -1,
    seconds: numberOf(json['end_time']) - numberOf(json['start_time']),
  };
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
