/**
 * Counts of one interface, named as in Linux's /sys/class/net/NAME/statistics where it has them.
 */
export interface InterfaceCounters {
  rx_packets: number;
  rx_bytes: number;
  /** Bad frames in all: the sum of the rx_*_errors. */
  rx_errors: number;
  /** Frames dropped for want of room, or since the interface is down. */
  rx_dropped: number;
  /** Frames whose frame check sequence was wrong. */
  rx_crc_errors: number;
  /** Frames shorter than an Ethernet header. */
  rx_length_errors: number;
  /** Frames of a type that nobody here takes. */
  rx_nohandler: number;
  /** Frames for another station. */
  rx_otherhost_dropped: number;
  /** Group frames that were received. */
  multicast: number;
  tx_packets: number;
  tx_bytes: number;
  /** Packets that could not be sent: too large, or not to be cut up. */
  tx_errors: number;
  /** Packets not sent: errors, interface down, or no room to wait for ARP. */
  tx_dropped: number;
  /** Packets larger than the MTU, which network should have fragmented. */
  tx_too_big: number;
}

/** Which receive counts an adapter reports: it drops the frame before the core sees it. */
export type AdapterCounter = 'rx_crc_errors' | 'rx_dropped' | 'rx_length_errors';

export function createInterfaceCounters(): InterfaceCounters {
  return {
    rx_packets: 0,
    rx_bytes: 0,
    rx_errors: 0,
    rx_dropped: 0,
    rx_crc_errors: 0,
    rx_length_errors: 0,
    rx_nohandler: 0,
    rx_otherhost_dropped: 0,
    multicast: 0,
    tx_packets: 0,
    tx_bytes: 0,
    tx_errors: 0,
    tx_dropped: 0,
    tx_too_big: 0,
  };
}

/**
 * Counts of the neighbour table and of ARP, named as in Linux's /proc/net/stat/arp_cache where it
 * has them.
 */
export interface LinkCounters {
  /** Entries made and removed. */
  allocs: number;
  destroys: number;
  /** Neighbours that did not answer. */
  res_failed: number;
  /**
   * Packets dropped from the queue of an unknown neighbour: the oldest where it is full, all where
   * it had to make room.
   */
  unresolved_discards: number;
  /** Entries refused: the table was full, and none could make room. */
  table_fulls: number;
  /** Entries that had to make room in the full table before their time. */
  evictions: number;
  periodic_gc_runs: number;
  forced_gc_runs: number;
  /** Handed to the interface: what the device drops of them is counted in its `tx_dropped`. */
  arp_requests_sent: number;
  arp_replies_sent: number;
  arp_received: number;
  /** ARP packets that are malformed, or whose sender cannot be one. */
  arp_bad: number;
  /** ARP packets by which another station claims an address of ours (RFC 5227). */
  arp_conflicts: number;
  /** Frames and requests that name an interface that is not there. */
  no_interface: number;
}

export function createLinkCounters(): LinkCounters {
  return {
    allocs: 0,
    destroys: 0,
    res_failed: 0,
    unresolved_discards: 0,
    table_fulls: 0,
    evictions: 0,
    periodic_gc_runs: 0,
    forced_gc_runs: 0,
    arp_requests_sent: 0,
    arp_replies_sent: 0,
    arp_received: 0,
    arp_bad: 0,
    arp_conflicts: 0,
    no_interface: 0,
  };
}
