/**
 * What reports of routers made of the path's MTU, and which of them are believed (RFC 1191, RFC
 * 5927 7.2). Plain data.
 */
export interface PathMtu {
  /** When a lowered MTU is forgotten (RFC 1191 6.3); Infinity: it is the interface's. */
  expiresAtMs: number;
  /** Octets of the largest packet that is known to have arrived (RFC 5927's maxsizeacked). */
  ackedOctets: number;
  /** The first full segment of a larger size, and where it ends; 0: none is watched. */
  watchedOctets: number;
  watchedEnd: number;
  /**
   * A report that the acknowledged packets speak against, and the segment that it quotes; 0: none.
   */
  pendingOctets: number;
  pendingSequence: number;
}

export function createPathMtu(): PathMtu {
  return {
    expiresAtMs: Infinity,
    ackedOctets: 0,
    watchedOctets: 0,
    watchedEnd: 0,
    pendingOctets: 0,
    pendingSequence: 0,
  };
}

/**
 * Packetization-layer path MTU discovery (RFC 4821), as Linux has it: a binary search by segments
 * larger than the others, which needs no ICMP. Sizes are octets of the IPv4 packet. Plain data.
 */
export interface MtuProbe {
  isOn: boolean;
  /** The largest size that is known to pass, and the largest that might (RFC 4821 7.1). */
  searchLow: number;
  searchHigh: number;
  /** Size of the probe that is under way, and its sequence numbers; 0: none is. */
  size: number;
  start: number;
  end: number;
  /** When the present search began. */
  searchFromMs: number;
}

export function createMtuProbe(): MtuProbe {
  return { isOn: false, searchLow: 0, searchHigh: 0, size: 0, start: 0, end: 0, searchFromMs: 0 };
}

/** Explicit congestion notification (RFC 3168) of one connection. Plain data. */
export interface EcnState {
  /** Asked for by our SYN, then: agreed with the peer. */
  on: boolean;
  /** CE has come and CWR not yet: each acknowledgment echoes it (ECE). */
  echo: boolean;
  /** The window was reduced: the next new data says so (CWR). */
  cwrQueued: boolean;
  /** The peer's data came as ECT or CE: the path lets the codepoints through. */
  seen: boolean;
  /** Segments delivered by acknowledgments that had ECE (`tcpi_delivered_ce`). */
  deliveredCe: number;
}

export function createEcn(): EcnState {
  return {
    on: false,
    echo: false,
    cwrQueued: false,
    seen: false,
    deliveredCe: 0,
  };
}
