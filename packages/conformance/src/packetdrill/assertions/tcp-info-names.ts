import type { SocketInfo, TcpInfo, TcpState } from '@strata/transport';

/** Linux's numbers of the states (`TCP_ESTABLISHED` …). */
const STATES: Readonly<Record<TcpState, number>> = {
  ESTABLISHED: 1,
  'SYN-SENT': 2,
  'SYN-RECEIVED': 3,
  'FIN-WAIT-1': 4,
  'FIN-WAIT-2': 5,
  'TIME-WAIT': 6,
  CLOSED: 7,
  'CLOSE-WAIT': 8,
  'LAST-ACK': 9,
  LISTEN: 10,
  CLOSING: 11,
};

const CONSTANTS: Readonly<Record<string, number>> = {
  TCP_ESTABLISHED: 1,
  TCP_SYN_SENT: 2,
  TCP_SYN_RECV: 3,
  TCP_FIN_WAIT1: 4,
  TCP_FIN_WAIT2: 5,
  TCP_TIME_WAIT: 6,
  TCP_CLOSE: 7,
  TCP_CLOSE_WAIT: 8,
  TCP_LAST_ACK: 9,
  TCP_LISTEN: 10,
  TCP_CLOSING: 11,
  TCP_CA_Open: 0,
  TCP_CA_Disorder: 1,
  TCP_CA_CWR: 2,
  TCP_CA_Recovery: 3,
  TCP_CA_Loss: 4,
  TCPI_OPT_TIMESTAMPS: 1,
  TCPI_OPT_SACK: 2,
  TCPI_OPT_WSCALE: 4,
  TCPI_OPT_ECN: 8,
  TCPI_OPT_ECN_SEEN: 16,
  TCPI_OPT_SYN_DATA: 32,
};

/** Linux's slow start threshold before the first loss (TCP_INFINITE_SSTHRESH). */
const INFINITE_SSTHRESH = 0x7fffffff;

const CA_STATES: Readonly<Record<TcpInfo['caState'], number>> = {
  open: 0,
  disorder: 1,
  cwr: 2,
  recovery: 3,
  loss: 4,
};

const inSegments = (octets: number, info: TcpInfo) => Math.floor(octets / info.mssOctets);
const inUs = (ms: number) => Math.max(0, Math.round(ms * 1000));
const optionBits = (info: TcpInfo) =>
  (info.timestamps ? 1 : 0) |
  (info.sack ? 2 : 0) |
  (info.windowScaling ? 4 : 0) |
  (info.ecn ? 8 : 0) |
  (info.ecnSeen ? 16 : 0);

/** The fields of `struct tcp_info`, in Linux's units, by name. */
const FIELDS: Readonly<Record<string, (info: TcpInfo) => number>> = {
  tcpi_ca_state: (info) => CA_STATES[info.caState],
  tcpi_retransmits: (info) => info.retries,
  tcpi_backoff: (info) => info.retries,
  tcpi_options: optionBits,
  tcpi_snd_wscale: (info) => info.sendWindowShift,
  tcpi_rcv_wscale: (info) => info.receiveWindowShift,
  tcpi_delivery_rate_app_limited: (info) => (info.isAppLimited ? 1 : 0),
  tcpi_rto: (info) => inUs(info.rtoMs),
  tcpi_ato: (info) => inUs(info.atoMs),
  tcpi_snd_mss: (info) => info.mssOctets,
  tcpi_rcv_mss: (info) => info.receiveMssOctets,
  tcpi_advmss: (info) => info.advertisedMssOctets,
  tcpi_pmtu: (info) => info.pathMtuOctets,
  tcpi_unacked: (info) => info.unackedSegments,
  tcpi_sacked: (info) => info.sackedSegments,
  tcpi_lost: (info) => info.lostSegments,
  tcpi_retrans: (info) => info.resentSegments,
  tcpi_last_data_sent: (info) => Math.round(info.sinceSentMs),
  tcpi_last_data_recv: (info) => Math.round(info.sinceReceivedMs),
  tcpi_last_ack_recv: (info) => Math.round(info.sinceAckMs),
  tcpi_rtt: (info) => inUs(info.srttMs),
  tcpi_rttvar: (info) => inUs(info.rttvarMs),
  tcpi_min_rtt: (info) => (info.minRttMs < 0 ? 0xffffffff : inUs(info.minRttMs)),
  tcpi_rcv_rtt: (info) => inUs(info.receiverRttMs),
  tcpi_rcv_space: (info) => info.receiveSpaceOctets,
  tcpi_snd_ssthresh: (info) =>
    info.ssthreshOctets === -1 ? INFINITE_SSTHRESH : inSegments(info.ssthreshOctets, info),
  tcpi_snd_cwnd: (info) => inSegments(info.cwndOctets, info),
  tcpi_reordering: (info) => info.reorderingSegments,
  tcpi_reord_seen: (info) => info.reorderingSeen,
  tcpi_total_retrans: (info) => info.retransmissions,
  tcpi_pacing_rate: (info) => info.pacingRate,
  tcpi_delivery_rate: (info) => info.deliveryRate,
  tcpi_bytes_acked: (info) => info.acknowledgedOctets,
  tcpi_bytes_received: (info) => info.receivedOctets,
  tcpi_bytes_sent: (info) => info.sentOctets,
  tcpi_bytes_retrans: (info) => info.retransmittedOctets,
  tcpi_segs_in: (info) => info.segmentsIn,
  tcpi_segs_out: (info) => info.segmentsOut,
  tcpi_data_segs_in: (info) => info.dataSegmentsIn,
  tcpi_data_segs_out: (info) => info.dataSegmentsOut,
  tcpi_notsent_bytes: (info) => info.sendableOctets + info.notSendableOctets,
  tcpi_busy_time: (info) => inUs(info.busyMs),
  tcpi_rwnd_limited: (info) => inUs(info.receiveWindowLimitedMs),
  tcpi_sndbuf_limited: (info) => inUs(info.sendBufferLimitedMs),
  tcpi_delivered: (info) => info.deliveredSegments,
  tcpi_delivered_ce: (info) => info.deliveredCeSegments,
  tcpi_dsack_dups: (info) => info.duplicateSacks,
  tcpi_rcv_ooopack: (info) => info.outOfOrder,
  tcpi_snd_wnd: (info) => info.sendWindowOctets,
  tcpi_rcv_wnd: (info) => info.receiveWindowOctets,
};

/**
 * The value of a name in an assertion. Undefined if the name is unknown. A connection that is gone
 * has only a state.
 */
export function tcpInfoValue(name: string, socket: SocketInfo | undefined): number | undefined {
  if (name === 'tcpi_state') {
    return socket === undefined || socket.state === 'UNCONN' ? STATES.CLOSED : STATES[socket.state];
  }
  const constant = CONSTANTS[name];
  if (constant !== undefined) return constant;
  if (socket?.tcp === undefined) return undefined;
  return FIELDS[name]?.(socket.tcp);
}
