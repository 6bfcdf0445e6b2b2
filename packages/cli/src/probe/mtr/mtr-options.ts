/** What `strata mtr` is asked to do. */
export interface MtrOptions {
  /** The stack: mtr prints the name of the machine there. */
  readonly stack: string;
  readonly name: string;
  readonly address: string;
  readonly kind: 'echo' | 'udp' | 'tcp';
  /** Of TCP, and of UDP if given. */
  readonly port: number | undefined;
  /** Infinity: until somebody ends it. */
  readonly cycles: number;
  /** Of one cycle: each hop is probed once in it. */
  readonly intervalMs: number;
  /** How long the last answers are waited for. */
  readonly graceMs: number;
  readonly firstHop: number;
  readonly maxHops: number;
  /** Octets of a packet, its headers included. */
  readonly packetOctets: number;
  readonly tos: number;
  readonly source?: string | undefined;
  readonly interfaceName?: string | undefined;
}
