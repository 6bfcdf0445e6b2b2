/**
 * Counters of one interface, with the names of Linux's /sys/class/net/NAME/statistics if they are
 * there.
 */
export interface InterfaceCounters {
  rx_packets: number;
  rx_bytes: number;
  /** Bad frames in all: the sum of the rx_*_errors. */
  rx_errors: number;
  /** Frames dropped because there was no room, or because the interface is down. */
  rx_dropped: number;
  /** Frames whose frame check sequence was wrong. */
  rx_crc_errors: number;
  /** Frames shorter than an Ethernet header. */
  rx_length_errors: number;
  /** Frames of a type that nothing here handles. */
  rx_nohandler: number;
  /** Frames for another station. */
  rx_otherhost_dropped: number;
  /** Group frames that were received. */
  multicast: number;
  tx_packets: number;
  tx_bytes: number;
  /** Packets that could not be sent: too large, or impossible to cut up. */
  tx_errors: number;
  /** Packets not sent: errors, interface down, or no room to wait for ARP. */
  tx_dropped: number;
  /** Packets larger than the MTU, which network should have fragmented. */
  tx_too_big: number;
}

/** The receive counters that an adapter reports: it drops such a frame before the core sees it. */
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
 * Counters of the neighbour table and of ARP, with the names of Linux's /proc/net/stat/arp_cache if
 * they are there.
 */
export interface LinkCounters {
  /** Entries made and removed. */
  allocs: number;
  destroys: number;
  /** Neighbours that did not answer. */
  res_failed: number;
  /**
   * Packets dropped from the queue of an unknown neighbour: the oldest if the queue is full, all if
   * the neighbour was evicted.
   */
  unresolved_discards: number;
  /** Entries refused: the table was full, and no entry could be evicted. */
  table_fulls: number;
  /** Entries evicted from the full table before they were old. */
  evictions: number;
  periodic_gc_runs: number;
  forced_gc_runs: number;
  /**
   * Requests handed to the interface. If the device drops one, `tx_dropped` of the interface counts
   * it.
   */
  arp_requests_sent: number;
  arp_replies_sent: number;
  arp_received: number;
  /** ARP packets that are malformed, or have an impossible sender. */
  arp_bad: number;
  /** ARP packets in which another station claims an address of ours (RFC 5227). */
  arp_conflicts: number;
  /** Addresses given up, or never used, because another station has them (RFC 5227). */
  addresses_given_up: number;
  /** Requests for an address of ours that `arp_filter` did not let us answer (TcpExtArpFilter). */
  ArpFilter: number;
  /** Frames and requests that name an interface that does not exist. */
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
    addresses_given_up: 0,
    ArpFilter: 0,
    no_interface: 0,
  };
}
