/**
 * Transport's knobs, with Linux's names (`net.ipv4.` and `net.core.` left out), defaults, units and meanings. They may be changed while
 * the core runs; each says whether existing connections follow.
 */
export interface TransportSysctl {
  /** Times a SYN is sent again, 0 to 127. New connections. */
  tcp_syn_retries: number;
  /** Times a SYN,ACK is sent again, 0 to 255. All connections. */
  tcp_synack_retries: number;
  /** Retransmissions after which the network layer is asked for a new route and the user is told (R1), 0 to 255. */
  tcp_retries1: number;
  /** Hypothetical retransmissions after which a connection is given up (R2), 0 to 255. All connections. */
  tcp_retries2: number;
  /** Connections in SYN-RECEIVED per listener at most. */
  tcp_max_syn_backlog: number;
  /** Connections that wait for accept, per listener, at most. */
  somaxconn: number;
  /** 1: answer RST where the accept queue is full. 0: let the peer try again. */
  tcp_abort_on_overflow: number;
  /** 1: offer and use timestamps (RFC 7323). New connections. */
  tcp_timestamps: number;
  /** 1: offer and use window scaling (RFC 7323). New connections. */
  tcp_window_scaling: number;
  /** 1: offer selective acknowledgments (RFC 2018). New connections. */
  tcp_sack: number;
  /** Seconds in FIN-WAIT-2 that a connection stays which the application has closed. */
  tcp_fin_timeout: number;
  /** TIME-WAIT connections at most; above it they are closed at once. */
  tcp_max_tw_buckets: number;
  /** Milliseconds in TIME-WAIT: 2 MSL. Linux has it fixed at 60,000. */
  tcp_timewait_len: number;
  /** 1: RST does not end TIME-WAIT (RFC 1337). */
  tcp_rfc1337: number;
  /** Least, default and largest receive buffer, octets. The default counts for new connections. */
  tcp_rmem: readonly [number, number, number];
  /** Least, default and largest send buffer, octets. */
  tcp_wmem: readonly [number, number, number];
  /** 1: the receive buffer grows with what the application takes (up to tcp_rmem[2]). */
  tcp_moderate_rcvbuf: number;
  /** Name of the congestion control of new connections. */
  tcp_congestion_control: string;
  /** Least retransmission timeout, microseconds. */
  tcp_rto_min_us: number;
  /** Largest retransmission timeout, milliseconds. */
  tcp_rto_max_ms: number;
  /** Duplicate acknowledgments that start fast retransmit. */
  tcp_reordering: number;
  /** Challenge ACKs in a second at most (RFC 5961 7), for the whole stack. */
  tcp_challenge_ack_limit: number;
  /** Milliseconds between two duplicate ACKs to out-of-window segments of one connection. */
  tcp_invalid_ratelimit: number;
  /** First and last port that the stack chooses. */
  ip_local_port_range: readonly [number, number];
  /** Time to live of what transport sends where the socket sets none. */
  ip_default_ttl: number;
  /** Default octets that a UDP socket queues for the application. */
  rmem_default: number;
  /** 1: the stack may probe the path's MTU by sending with DF (RFC 1191). 1 is Linux's ip_no_pmtu_disc = 0. */
  ip_no_pmtu_disc: number;
  /** Least path MTU that is believed, octets. */
  min_pmtu: number;
}

/** Linux's defaults. */
export function defaultTransportSysctl(): TransportSysctl {
  return {
    tcp_syn_retries: 6,
    tcp_synack_retries: 5,
    tcp_retries1: 3,
    tcp_retries2: 15,
    tcp_max_syn_backlog: 1024,
    somaxconn: 4096,
    tcp_abort_on_overflow: 0,
    tcp_timestamps: 1,
    tcp_window_scaling: 1,
    tcp_sack: 1,
    tcp_fin_timeout: 60,
    tcp_max_tw_buckets: 262144,
    tcp_timewait_len: 60000,
    tcp_rfc1337: 0,
    tcp_rmem: [4096, 131072, 6291456],
    tcp_wmem: [4096, 16384, 4194304],
    tcp_moderate_rcvbuf: 1,
    tcp_congestion_control: 'reno',
    tcp_rto_min_us: 200000,
    tcp_rto_max_ms: 120000,
    tcp_reordering: 3,
    tcp_challenge_ack_limit: 1000,
    tcp_invalid_ratelimit: 500,
    ip_local_port_range: [32768, 60999],
    ip_default_ttl: 64,
    rmem_default: 212992,
    ip_no_pmtu_disc: 0,
    min_pmtu: 552,
  };
}
