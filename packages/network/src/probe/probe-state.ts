import { Fifo, type IpAddress } from '@strata/wire';
import type { ProbeEvent, ProbeKind } from './probe.ts';

/** A probe that was sent. It is kept after its answer, so that a duplicate is known as one. */
export interface SentProbe {
  readonly session: number;
  readonly sequence: number;
  readonly kind: ProbeKind;
  readonly key: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** The header has a source route, so the destination changes on the way. */
  readonly isSourceRouted: boolean;
  readonly octets: number;
  readonly pattern: Uint8Array;
  /** Of a SYN. */
  readonly tcpSequence: number;
  readonly sentMs: number;
  readonly deadlineMs: number;
  /** Neither answered, nor refused by an error, nor timed out. */
  isOpen: boolean;
  isTimedOut: boolean;
  answers: number;
  errors: number;
}

export interface ProbeSession {
  /** When a request last named it. */
  usedMs: number;
}

/** What became of a probe, and of whose. */
export interface SessionEvent {
  readonly session: number;
  readonly event: ProbeEvent;
}

/** The probes of one network core. */
export interface ProbeState {
  readonly sessions: Map<number, ProbeSession>;
  /** By `key`, in the order in which they were sent. */
  readonly icmp: Map<number, SentProbe>;
  /** UDP and TCP. */
  readonly ported: Map<number, SentProbe>;
  readonly events: Fifo<SessionEvent>;
  /** How many are open. */
  open: number;
  /** When the next probe or session ends, or earlier. */
  deadlineMs: number;
}

export function createProbeState(): ProbeState {
  return {
    sessions: new Map(),
    icmp: new Map(),
    ported: new Map(),
    events: new Fifo(),
    open: 0,
    deadlineMs: Number.POSITIVE_INFINITY,
  };
}

const KINDS: readonly ProbeKind[] = ['echo', 'timestamp', 'address mask', 'udp', 'tcp'];

/**
 * Tells the probes of one kind apart. `high` and `low`: identifier and sequence number, or source
 * and destination port.
 */
export function keyOf(kind: ProbeKind, high: number, low: number): number {
  return (KINDS.indexOf(kind) * 65_536 + high) * 65_536 + low;
}

/** The probes of the kind, by key. */
export function tableOf(state: ProbeState, kind: ProbeKind): Map<number, SentProbe> {
  return kind === 'udp' || kind === 'tcp' ? state.ported : state.icmp;
}
