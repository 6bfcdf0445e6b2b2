import type { TcpFigures } from '@strata/contract';

/** The contract's value for "no slow start threshold yet". */
const NO_THRESHOLD = 0xffffffff;

/**
 * A connection's figures in ss's notation: `cubic wscale:7,7 rto:204 rtt:0.1/0.05 mss:1448 cwnd:10
 * …`.
 */
export function formatInfo(tcp: TcpFigures): string {
  return [
    ...options(tcp),
    ...path(tcp),
    ...octets(tcp),
    ...rates(tcp),
    ...times(tcp),
    ...losses(tcp),
    ...receiving(tcp),
  ].join(' ');
}

function options(tcp: TcpFigures): string[] {
  const words: string[] = [];
  if (tcp.timestamps) words.push('ts');
  if (tcp.sack) words.push('sack');
  if (tcp.ecn) words.push('ecn');
  if (tcp.ecnSeen) words.push('ecnseen');
  words.push(tcp.congestionControl);
  if (tcp.windowScaling) words.push(`wscale:${tcp.sendWindowScale},${tcp.receiveWindowScale}`);
  return words;
}

function path(tcp: TcpFigures): string[] {
  const words = [`rto:${decimal(tcp.rtoMs)}`];
  if (tcp.retries > 0) words.push(`backoff:${tcp.retries}`);
  if (tcp.srttMs > 0) words.push(`rtt:${decimal(tcp.srttMs)}/${decimal(tcp.rttvarMs)}`);
  words.push(`ato:${decimal(tcp.atoMs)}`, `mss:${tcp.mss}`, `pmtu:${tcp.pathMtu}`);
  words.push(`rcvmss:${tcp.receiveMss}`, `advmss:${tcp.advertisedMss}`);
  words.push(`cwnd:${Math.floor(tcp.cwndOctets / Math.max(1, tcp.mss))}`);
  if (tcp.ssthreshOctets !== NO_THRESHOLD) {
    words.push(`ssthresh:${Math.floor(tcp.ssthreshOctets / Math.max(1, tcp.mss))}`);
  }
  if (tcp.congestionState !== 'open') words.push(`ca_state:${tcp.congestionState}`);
  return words;
}

function octets(tcp: TcpFigures): string[] {
  return [
    ...counted('bytes_sent', tcp.sentOctets),
    ...counted('bytes_retrans', tcp.retransmittedOctets),
    ...counted('bytes_acked', tcp.acknowledgedOctets),
    ...counted('bytes_received', tcp.receivedOctets),
    ...counted('segs_out', tcp.segmentsOut),
    ...counted('segs_in', tcp.segmentsIn),
    ...counted('data_segs_out', tcp.dataSegmentsOut),
    ...counted('data_segs_in', tcp.dataSegmentsIn),
  ];
}

function rates(tcp: TcpFigures): string[] {
  const words: string[] = [];
  if (tcp.srttMs > 0) words.push(`send ${rate((tcp.cwndOctets * 1000) / tcp.srttMs)}`);
  words.push(`lastsnd:${Math.round(tcp.sinceSentMs)}`);
  words.push(`lastrcv:${Math.round(tcp.sinceReceivedMs)}`);
  words.push(`lastack:${Math.round(tcp.sinceAckMs)}`);
  if (tcp.pacingRate > 0) {
    const most = tcp.maxPacingRate > 0 ? `/${rate(tcp.maxPacingRate)}` : '';
    words.push(`pacing_rate ${rate(tcp.pacingRate)}${most}`);
  }
  if (tcp.deliveryRate > 0) words.push(`delivery_rate ${rate(tcp.deliveryRate)}`);
  words.push(...counted('delivered', tcp.deliveredSegments));
  words.push(...counted('delivered_ce', tcp.deliveredCeSegments));
  if (tcp.appLimited) words.push('app_limited');
  return words;
}

function times(tcp: TcpFigures): string[] {
  const words: string[] = [];
  if (tcp.busyMs > 0) words.push(`busy:${Math.round(tcp.busyMs)}ms`);
  for (const [name, ms] of [
    ['rwnd_limited', tcp.receiveWindowLimitedMs],
    ['sndbuf_limited', tcp.sendBufferLimitedMs],
  ] as const) {
    if (ms <= 0) continue;
    words.push(`${name}:${Math.round(ms)}ms(${decimal((100 * ms) / tcp.busyMs, 1)}%)`);
  }
  return words;
}

function losses(tcp: TcpFigures): string[] {
  const words = counted('unacked', tcp.unackedSegments);
  if (tcp.retransmittedSegments > 0) {
    words.push(`retrans:${tcp.resentSegments}/${tcp.retransmittedSegments}`);
  }
  words.push(...counted('lost', tcp.lostSegments), ...counted('sacked', tcp.sackedSegments));
  words.push(...counted('dsack_dups', tcp.duplicateSacks));
  // 3 is the initial value of every connection.
  if (tcp.reorderingSegments !== 3) words.push(...counted('reordering', tcp.reorderingSegments));
  words.push(...counted('reord_seen', tcp.reorderingSeen));
  return words;
}

function receiving(tcp: TcpFigures): string[] {
  const words: string[] = [];
  if (tcp.receiverRttMs > 0) words.push(`rcv_rtt:${decimal(tcp.receiverRttMs)}`);
  words.push(...counted('rcv_space', tcp.receiveSpaceOctets));
  words.push(...counted('rcv_ssthresh', tcp.receiveBufferOctets));
  words.push(...counted('notsent', tcp.sendableOctets + tcp.unsendableOctets));
  if (tcp.minRttMs > 0) words.push(`minrtt:${decimal(tcp.minRttMs)}`);
  words.push(...counted('rcv_ooopack', tcp.outOfOrder));
  words.push(`snd_wnd:${tcp.sndWnd}`, `rcv_wnd:${tcp.rcvWnd}`);
  return words;
}

function counted(name: string, value: number): string[] {
  return value > 0 ? [`${name}:${value}`] : [];
}

/** At most `digits` decimal places, without trailing zeros. */
function decimal(value: number, digits = 3): string {
  return String(Number(value.toFixed(digits)));
}

/** Formats octets per second as bits per second: `12.3Mbps`. */
function rate(octetsPerSecond: number): string {
  const bits = octetsPerSecond * 8;
  for (const [unit, size] of [
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e3],
  ] as const) {
    if (bits >= size) return `${decimal(bits / size)}${unit}bps`;
  }
  return `${Math.round(bits)}bps`;
}
