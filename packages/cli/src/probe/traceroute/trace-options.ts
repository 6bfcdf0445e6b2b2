/** What `strata traceroute` is asked to do. */
export interface TraceOptions {
  /** The target as it was named, and its address. */
  readonly name: string;
  readonly address: string;
  readonly kind: 'echo' | 'udp' | 'tcp';
  /** The first probe's destination port (of echo: its number), and whether later ones count up. */
  readonly port: number;
  readonly isPortFixed: boolean;
  readonly firstHop: number;
  readonly maxHops: number;
  readonly probesPerHop: number;
  /** Probes in flight at a time. */
  readonly parallel: number;
  readonly waits: Waits;
  /** Milliseconds between two probes. */
  readonly sendWaitMs: number;
  /** Octets of a packet, its headers included. */
  readonly packetOctets: number;
  readonly tos: number;
  readonly dontFragment: boolean;
  /** Find the MTU of the path on the way. */
  readonly findsMtu: boolean;
  readonly source?: string | undefined;
  readonly interfaceName?: string | undefined;
  readonly numeric: boolean;
  readonly json: boolean;
}

/**
 * How long to wait for an answer: `maxMs` at most; `here` times as long as another probe of the
 * same hop took, or `near` times as long as one of a later hop. 0: the factor is not used.
 */
export interface Waits {
  readonly maxMs: number;
  readonly here: number;
  readonly near: number;
}

/** Octets of the headers of a probe: IPv4 and ICMP, UDP, or TCP with a SYN's options. */
export const HEADER_OCTETS = { echo: 28, udp: 28, tcp: 60 } as const;
