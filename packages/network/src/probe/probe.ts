import type { IpAddress } from '@strata/wire';

/** What a probe is: an ICMP request, a UDP datagram, or a TCP SYN. */
export type ProbeKind = 'echo' | 'timestamp' | 'address mask' | 'udp' | 'tcp';

/**
 * What is done about a packet larger than the MTU, as Linux's IP_MTU_DISCOVER has it. `want`: DF if
 * the packet fits the path MTU, else fragments. `dont`: never DF. `do`: DF; what is larger than the
 * path MTU is refused. `probe`: DF; what is larger than the interface's MTU is refused.
 */
export type ProbeFragmentation = 'want' | 'dont' | 'do' | 'probe';

/** A probe to send, as `ping` and `traceroute` send them. */
export interface ProbeRequest {
  readonly kind: ProbeKind;
  readonly destination: IpAddress;
  /** One of our addresses. 0.0.0.0: the route decides. */
  readonly source: IpAddress;
  /** Empty: the route decides. */
  readonly interfaceName: string;
  /** 1 to 255; 0: `ip_default_ttl`. */
  readonly ttl: number;
  /** The TOS octet. */
  readonly tos: number;
  readonly fragmentation: ProbeFragmentation;
  /** Octets of data behind the protocol's header, 0 to 65,507. */
  readonly octets: number;
  /** Fills the data, repeated; up to 64 octets. Empty: 0, 1, 2 … 255, 0 …. */
  readonly pattern: Uint8Array;
  /** Options of the IPv4 header, well formed: 0 to 40 octets, a multiple of four. */
  readonly options: Uint8Array;
  /** Tells the probes of a session apart, 0 to 65,535. For ICMP: the sequence number. */
  readonly sequence: number;
  /** Of an ICMP message, 1 to 65,535; 0: the session's number. */
  readonly identifier: number;
  /** 0: a port from 61,000 on is chosen. */
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** 1 to 600,000. */
  readonly timeoutMs: number;
  /** Whether the destination may be a broadcast address. */
  readonly allowBroadcast: boolean;
}

export type ProbeOutcome =
  | 'timeout'
  | 'reply'
  | 'datagram'
  | 'syn-ack'
  | 'reset'
  | 'icmp error'
  | 'not sent';

/** What became of a probe. proto/strata/v1/control.proto, ProbeEvent, says more of each field. */
export interface ProbeEvent {
  readonly sequence: number;
  readonly outcome: ProbeOutcome;
  /** Who answered. 0.0.0.0: nobody. */
  readonly from: IpAddress;
  /** TTL and TOS of the answer; 0: there is none. */
  readonly ttl: number;
  readonly tos: number;
  /** From the probe to the answer. */
  readonly rttMs: number;
  /** Octets of the answer behind its IPv4 header. */
  readonly octets: number;
  /** Options of the answer's IPv4 header. The caller owns the bytes. */
  readonly options: Uint8Array;
  /** It is not the first answer of the probe. */
  readonly isDuplicate: boolean;
  /** It came after the timeout. */
  readonly isLate: boolean;
  /** ICMP type and code of an error (RFC 792), and what its second word may hold. */
  readonly type: number;
  readonly code: number;
  /** For fragmentation needed, and for EMSGSIZE: the MTU in octets. Else 0. */
  readonly mtu: number;
  readonly gateway: IpAddress;
  readonly pointer: number;
  /** This stack itself reported the error. */
  readonly isLocal: boolean;
  /** The IPv4 header that an error quotes, and octets behind it, at most 128. */
  readonly quoted: Uint8Array;
  /** The data of an answer that is not what was sent. Undefined: it is the same. */
  readonly data: Uint8Array | undefined;
  readonly hasBadChecksum: boolean;
  /** Why the probe was not sent, by Linux's name of the error. Empty: it was. */
  readonly error: string;
}
