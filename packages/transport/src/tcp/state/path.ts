/**
 * What a connection knows of its path's MTU from ICMP, and the reports that it does not believe yet
 * (RFC 1191, RFC 5927 7.2). Plain data.
 */
export interface PathMtu {
  /** When a lowered MTU is forgotten (RFC 1191 6.3); Infinity: the MTU is the interface's. */
  expiresAtMs: number;
  /** Octets of the largest packet that is known to have arrived (RFC 5927's maxsizeacked). */
  ackedOctets: number;
  /**
   * Octets of the first full segment of a larger size, and the sequence number after it; 0: no
   * segment is watched.
   */
  watchedOctets: number;
  watchedEnd: number;
  /**
   * A report that contradicts the acknowledged packets, and the sequence number that it quotes; 0:
   * none.
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
 * Packetization-layer path MTU discovery (RFC 4821), as Linux's tcp_mtu_probe() does it: a binary
 * search with segments larger than the others, without ICMP. Sizes are octets of the IPv4 packet.
 * Plain data.
 */
export interface MtuProbe {
  isOn: boolean;
  /** The largest size known to pass, and the largest size that might pass (RFC 4821 7.1). */
  searchLow: number;
  searchHigh: number;
  /** Size of the probe in flight, and its sequence numbers; 0: no probe is in flight. */
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
  /** In the handshake: our SYN asked for ECN. Later: both sides agreed on it. */
  on: boolean;
  /** A CE mark arrived and no CWR since: each acknowledgment carries ECE. */
  echo: boolean;
  /** The congestion window was reduced: the next new data carries CWR. */
  cwrQueued: boolean;
  /** A data segment of the peer arrived as ECT or CE: the path lets the codepoints through. */
  seen: boolean;
  /** Segments delivered by acknowledgments with ECE (`tcpi_delivered_ce`). */
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
