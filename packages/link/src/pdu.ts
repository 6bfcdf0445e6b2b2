/** The link/network boundary, and the frames between the link core and the wire. */
import type { AddressType, IpAddress, MacAddress, PduMeta } from '@strata/wire';

/** Network asks link to send a packet (OSI: request). */
export interface LinkRequest extends PduMeta {
  /** The interface to send on, from 1. */
  readonly interfaceIndex: number;
  /** What the packet is: 0x0800 for IPv4. */
  readonly etherType: number;
  /** Whether the packet goes to one station, whose address ARP finds, to all, or to a group. */
  readonly cast: AddressType;
  /**
   * The station to send to: the destination itself or the gateway. For a multicast packet the
   * group.
   */
  readonly nextHop: IpAddress;
  /** The packet. The callee owns the bytes from here on, and the headroom. */
  readonly packet: Uint8Array;
  /** Writable octets in front of `packet` in the same memory, 0 or more. */
  readonly headroomOctets: number;
  /**
   * Network forwards the packet: its source is another host. It decides the packet's shard
   * (proto/strata/v1/pdu.proto). Default false.
   */
  readonly isForwarded?: boolean | undefined;
}

/** Link hands up a packet that it received. */
export interface LinkPacketIndication extends PduMeta {
  readonly kind: 'packet';
  readonly interfaceIndex: number;
  readonly etherType: number;
  readonly sourceMac: MacAddress;
  /**
   * How the frame was addressed: a packet to all must not be answered by an ICMP error (RFC 1122
   * 3.2.2).
   */
  readonly cast: AddressType;
  /** The frame's payload, with padding. The callee owns the bytes and the headroom from here on. */
  readonly packet: Uint8Array;
  /**
   * Writable octets in front of `packet` in the same memory, so that a packet that is forwarded
   * gets its new Ethernet header in the place of the old one. Default 0.
   */
  readonly headroomOctets?: number | undefined;
}

/** Link could not find the station to send a packet to: nobody answers ARP (RFC 1122 2.3.2.2). */
export interface LinkUnreachableIndication {
  readonly kind: 'unreachable';
  readonly interfaceIndex: number;
  readonly nextHop: IpAddress;
  /** The packet that was not sent, whole. */
  readonly packet: Uint8Array;
  /** As in the request. */
  readonly isForwarded?: boolean | undefined;
}

/** What link hands up to network (OSI: indication). */
export type LinkIndication = LinkPacketIndication | LinkUnreachableIndication;

/**
 * A frame on its way between link cores and devices, on the wire and off it. The receiver of the
 * frame owns this record. So each port that the frame passes updates the record and makes no new
 * one.
 */
export interface LinkFrame extends PduMeta {
  /** The interface of the stack that has the frame, from 1; 0: the frame is on a wire. */
  interfaceIndex: number;
  /**
   * An Ethernet II frame from the destination address on, without its frame check sequence. The
   * receiver of the frame owns it.
   */
  frame: Uint8Array;
  tail?: PduMeta['tail'];
  /** Writable octets in front of `frame` in the same memory. */
  headroomOctets: number;
  /**
   * The frame check sequence that came with the frame or is sent with it (IEEE 802.3 3.2.9);
   * undefined: the wire has none.
   */
  fcs?: number | undefined;
  /**
   * The port that put the frame on a wire, a token that is unique there: a port ignores its own
   * frames. Undefined: the frame was on no wire.
   */
  sourcePort?: string | undefined;
}
