import type { NetworkContext } from '../context.ts';
import { NetworkError } from '../errors.ts';
import { type ProbeState, type SentProbe, tableOf } from './probe-state.ts';
import { tellTimeout } from './tell-probe.ts';

/** Probes that wait for an answer. Further ones are refused. */
export const MAX_OPEN_PROBES = 4096;
/** Probes that are kept, answered ones too. Then the oldest answered one is forgotten. */
const MAX_KEPT_PROBES = 16_384;
const MAX_SESSIONS = 64;
/** A session that no request has named for this long ends. */
const SESSION_IDLE_MS = 120_000;

/**
 * The session of a request: `session`, or a new one for 0. Undefined: there is none of that number.
 * Throws NetworkError NETWORK_BAD_PROBE if there are too many.
 */
export function useSession(
  { probes, random }: NetworkContext,
  session: number,
  nowMs: number,
): number | undefined {
  const { sessions } = probes;
  let used = session;
  if (session === 0) {
    if (sessions.size >= MAX_SESSIONS) {
      throw new NetworkError(
        'NETWORK_BAD_PROBE',
        `probe: ${sessions.size} sessions are in use, which is the most: end one, or wait`,
      );
    }
    do used = 1 + Math.floor(random() * 65_535);
    while (sessions.has(used));
  } else if (!sessions.has(session)) return undefined;
  sessions.set(used, { usedMs: nowMs });
  probes.deadlineMs = Math.min(probes.deadlineMs, nowMs + SESSION_IDLE_MS);
  return used;
}

/** Ends a session and forgets its probes. Answers that come later are nobody's. */
export function endSession({ probes }: NetworkContext, session: number): void {
  if (!probes.sessions.delete(session)) return;
  for (const table of [probes.icmp, probes.ported]) {
    for (const probe of table.values()) if (probe.session === session) forget(probes, probe);
  }
}

/** Keeps a probe that was just sent, in place of an older one of the same key. */
export function keepProbe({ probes }: NetworkContext, probe: SentProbe): void {
  const table = tableOf(probes, probe.kind);
  const before = table.get(probe.key);
  if (before !== undefined) forget(probes, before);
  makeRoom(probes, table);
  table.set(probe.key, probe);
  probes.open += 1;
  probes.deadlineMs = Math.min(probes.deadlineMs, probe.deadlineMs);
}

/** The probe waits no longer: it is answered, refused, or timed out. */
export function settle(probes: ProbeState, probe: SentProbe): void {
  if (!probe.isOpen) return;
  probe.isOpen = false;
  probes.open -= 1;
}

/** Reports the probes that are due as timed out, and ends idle sessions. */
export function expireProbes(context: NetworkContext, nowMs: number): void {
  const { probes } = context;
  if (nowMs < probes.deadlineMs) return;
  let deadlineMs = Number.POSITIVE_INFINITY;
  for (const [session, { usedMs }] of probes.sessions) {
    const endMs = usedMs + SESSION_IDLE_MS;
    if (endMs <= nowMs) endSession(context, session);
    else deadlineMs = Math.min(deadlineMs, endMs);
  }
  for (const table of [probes.icmp, probes.ported]) {
    for (const probe of table.values()) {
      if (!probe.isOpen) continue;
      if (probe.deadlineMs > nowMs) {
        deadlineMs = Math.min(deadlineMs, probe.deadlineMs);
        continue;
      }
      settle(probes, probe);
      probe.isTimedOut = true;
      tellTimeout(context, probe);
    }
  }
  probes.deadlineMs = deadlineMs;
}

function makeRoom(probes: ProbeState, table: Map<number, SentProbe>): void {
  if (table.size < MAX_KEPT_PROBES) return;
  for (const oldest of table.values()) {
    if (oldest.isOpen) continue;
    forget(probes, oldest);
    return;
  }
}

function forget(probes: ProbeState, probe: SentProbe): void {
  settle(probes, probe);
  tableOf(probes, probe.kind).delete(probe.key);
}
