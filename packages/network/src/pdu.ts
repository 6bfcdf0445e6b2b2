/** The network/transport boundary. */
import type {
  AddressType,
  FilterMode,
  GroupAddress,
  IpAddress,
  MtuDiscover,
  PduMeta,
  TraceContext,
} from '@strata/wire';

/** Transport asks network to send a segment or datagram. */
export interface NetworkSendRequest extends PduMeta {
  readonly kind: 'send';
  /**
   * One of the stack's own addresses. 0.0.0.0: network chooses by route; allowed only where no
   * checksum covers the address.
   */
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** 6 TCP, 17 UDP, 1 ICMP. */
  readonly protocol: number;
  /** Time to live, 1 to 255; 0: the stack's default (`ip_default_ttl`, 64). */
  readonly ttl: number;
  /** The whole TOS octet: differentiated services and ECN. */
  readonly tos: number;
  readonly dontFragment: boolean;
  /**
   * Says more on `dontFragment`, which is set unless it is `dont`. Default: DF, unless the reported
   * path MTU was below `min_pmtu`.
   */
  readonly mtuDiscover?: MtuDiscover | undefined;
  /** The interface to send on, in place of the one that the routes choose. 0: the routes choose. */
  readonly interfaceIndex: number;
  /**
   * Nothing has answered for a long time (negative advice, RFC 9293 3.8.3, RFC 1122 3.3.1.4).
   * Before it sends this PDU, network forgets what it learned about the path to the destination,
   * and uses its configured routes. Default false.
   */
  readonly isPathSuspect?: boolean | undefined;
  /**
   * The stack's own sockets get no copy of a packet to a group (IP_MULTICAST_LOOP off). Default
   * false.
   */
  readonly noLoop?: boolean | undefined;
  /**
   * Header and data of the transport's PDU. The callee owns the bytes from here on, and the
   * headroom.
   */
  readonly segment: Uint8Array;
  /** Writable octets in front of `segment` in the same memory, 0 or more. */
  readonly headroomOctets: number;
}

/**
 * Why transport does not accept a datagram: the codes of destination unreachable that transport may
 * give (RFC 1122 3.2.2.1).
 */
export type RejectCode =
  | 'protocol unreachable'
  | 'port unreachable'
  | 'administratively prohibited';

/**
 * Transport asks network to tell the sender of a datagram that it is not accepted, by an ICMP
 * destination unreachable. Network decides whether one may be sent at all (RFC 1122 3.2.2) and
 * limits the rate. Transport gets no answer.
 */
export interface NetworkRejectRequest {
  readonly kind: 'reject';
  readonly code: RejectCode;
  /** {@link NetworkSegmentIndication.header} of the datagram: 20 to 60 octets. */
  readonly header: Uint8Array;
  /** As in the indication. */
  readonly cast: AddressType;
  /** As in the indication; 0: by loopback. */
  readonly interfaceIndex: number;
  /**
   * The datagram from its own header on, or its first octets: at least 8 if it has them; 548 are
   * enough (RFC 1812 4.3.2.3).
   */
  readonly segment: Uint8Array;
  /** Undefined where the PDU is not sampled. */
  readonly trace: TraceContext | undefined;
}

/**
 * Transport confirms a fragmentation needed that network reported: the packet that it quotes was in
 * flight (RFC 5927 7.2). Network believes the report only now, because anybody can send one.
 */
export interface NetworkPathMtuRequest {
  readonly kind: 'path-mtu';
  /** As in the error indication. */
  readonly mtu: number;
  readonly protocol: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** As in the indication, or its first four octets: the ports. */
  readonly quoted: Uint8Array;
}

/**
 * What one socket wants of a multicast group (RFC 3376 2: IPMulticastListen). Network forgets it
 * after 35 s; transport says it again every 10 s.
 */
export interface NetworkGroupRequest {
  readonly kind: 'group';
  readonly socket: number;
  readonly group: IpAddress;
  /** An address of the interface. 0.0.0.0: the interface that the group is routed to. */
  readonly interfaceAddress: IpAddress;
  /** `include` without sources: the socket leaves the group. */
  readonly mode: FilterMode;
  readonly sources: readonly GroupAddress[];
}

/** Transport's requests to network (OSI: request). */
export type NetworkRequest =
  | NetworkSendRequest
  | NetworkRejectRequest
  | NetworkPathMtuRequest
  | NetworkGroupRequest;

/** Network hands up a complete segment or datagram. */
export interface NetworkSegmentIndication extends PduMeta {
  readonly kind: 'segment';
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly protocol: number;
  readonly ttl: number;
  readonly tos: number;
  /** 0: it came by loopback. */
  readonly interfaceIndex: number;
  /** How the packet was addressed: at IP or on the link, whichever is wider. */
  readonly cast: AddressType;
  /**
   * The IPv4 header in front of the segment, with options; after reassembly the whole datagram's.
   * Transport needs it to reject the datagram. The callee owns the bytes; they may share memory
   * with `segment`. Network always gives it.
   */
  readonly header?: Uint8Array | undefined;
  /** Header and data of the transport's PDU. The callee owns the bytes from here on. */
  readonly segment: Uint8Array;
}

/**
 * An ICMP error about a packet that this stack sent. It came from the network, or the stack made it
 * (host unreachable where ARP fails, fragmentation needed where the route's MTU is smaller).
 */
export interface NetworkErrorIndication {
  readonly kind: 'error';
  /** The reporter: the address of a router, of the destination, or one of our own. */
  readonly reporter: IpAddress;
  /** ICMP type and code (RFC 792). */
  readonly type: number;
  readonly code: number;
  /**
   * For fragmentation needed: the MTU in octets (RFC 1191). Else 0. For TCP and UDP, an MTU that a
   * router reports is not believed until transport confirms it. If the reporter is one of our own
   * addresses, it is the MTU that is already believed.
   */
  readonly mtu: number;
  /** Protocol of the packet that the error is about, as we sent it. */
  readonly protocol: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /**
   * The first octets of our packet behind the IPv4 header, as the error quotes them: at least 8
   * (RFC 792).
   */
  readonly quoted: Uint8Array;
}

/** Network's indications to transport (OSI: indication). */
export type NetworkIndication = NetworkSegmentIndication | NetworkErrorIndication;
