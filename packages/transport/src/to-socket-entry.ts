import { PROTOCOL_TCP, PROTOCOL_UDP } from '@strata/wire';
import type { SocketEntry, TcpFigures } from './socket-entry.ts';
import type { SocketInfo } from './socket-info.ts';
import type { TcpInfo } from './tcp-info.ts';

/** Told where there is no threshold yet. */
const NO_THRESHOLD = 0xffffffff;

/** The core's data of a socket, as other programs are told of it. */
export function toSocketEntry(info: SocketInfo): SocketEntry {
  return {
    socket: info.socket,
    protocol: info.protocol === 'tcp' ? PROTOCOL_TCP : PROTOCOL_UDP,
    state: info.state === 'UNCONN' ? 'UNCONNECTED' : info.state,
    local: info.local,
    remote: info.remote,
    receiveQueue: info.receiveQueueOctets,
    sendQueue: info.sendQueueOctets,
    endpoint: info.endpoint,
    tcp: info.tcp === undefined ? undefined : toFigures(info.tcp),
    timers: info.timers,
  };
}

/** One literal, as in the core: with a spread, V8 would turn so many fields into a hash table. */
function toFigures(tcp: TcpInfo): TcpFigures {
  return {
    sndUna: tcp.sndUna,
    sndNxt: tcp.sndNxt,
    sndWnd: tcp.sendWindowOctets,
    rcvNxt: tcp.rcvNxt,
    rcvWnd: tcp.receiveWindowOctets,
    srttMs: Math.max(0, tcp.srttMs),
    rttvarMs: tcp.rttvarMs,
    rtoMs: tcp.rtoMs,
    // Both may end within an octet.
    cwndOctets: Math.floor(Math.min(tcp.cwndOctets, NO_THRESHOLD)),
    ssthreshOctets:
      tcp.ssthreshOctets < 0
        ? NO_THRESHOLD
        : Math.floor(Math.min(tcp.ssthreshOctets, NO_THRESHOLD)),
    mss: tcp.mssOctets,
    sendWindowScale: tcp.sendWindowShift,
    receiveWindowScale: tcp.receiveWindowShift,
    windowScaling: tcp.windowScaling,
    timestamps: tcp.timestamps,
    sack: tcp.sack,
    ecn: tcp.ecn,
    congestionControl: tcp.congestionControl,
    congestionState: tcp.caState,
    acknowledgedOctets: tcp.acknowledgedOctets,
    inFlightOctets: tcp.inFlightOctets,
    sendableOctets: tcp.sendableOctets,
    unsendableOctets: tcp.notSendableOctets,
    receivedOctets: tcp.receivedOctets,
    segmentsIn: tcp.segmentsIn,
    segmentsOut: tcp.segmentsOut,
    retransmittedSegments: tcp.retransmissions,
    retries: tcp.retries,
    timer: tcp.timer,
    timerMs: Math.max(0, tcp.timerMs),
    iss: tcp.iss,
    irs: tcp.irs,
    receiveMss: tcp.receiveMssOctets,
    advertisedMss: tcp.advertisedMssOctets,
    pathMtu: tcp.pathMtuOctets,
    minRttMs: Math.max(0, tcp.minRttMs),
    atoMs: tcp.atoMs,
    ecnSeen: tcp.ecnSeen,
    receiveBufferOctets: Math.round(tcp.receiveBufferOctets),
    sendBufferOctets: Math.round(tcp.sendBufferOctets),
    pacingRate: toRate(tcp.pacingRate),
    maxPacingRate: toRate(tcp.maxPacingRate),
    deliveryRate: toRate(tcp.deliveryRate),
    appLimited: tcp.isAppLimited,
    sentOctets: tcp.sentOctets,
    retransmittedOctets: tcp.retransmittedOctets,
    dataSegmentsIn: tcp.dataSegmentsIn,
    dataSegmentsOut: tcp.dataSegmentsOut,
    unackedSegments: tcp.unackedSegments,
    resentSegments: tcp.resentSegments,
    lostSegments: tcp.lostSegments,
    sackedSegments: tcp.sackedSegments,
    deliveredSegments: tcp.deliveredSegments,
    deliveredCeSegments: tcp.deliveredCeSegments,
    reorderingSegments: tcp.reorderingSegments,
    reorderingSeen: tcp.reorderingSeen,
    duplicateAcks: tcp.duplicateAcks,
    duplicateSacks: tcp.duplicateSacks,
    outOfOrder: tcp.outOfOrder,
    ageMs: tcp.ageMs,
    sinceSentMs: tcp.sinceSentMs,
    sinceReceivedMs: tcp.sinceReceivedMs,
    sinceAckMs: tcp.sinceAckMs,
    busyMs: tcp.busyMs,
    receiveWindowLimitedMs: tcp.receiveWindowLimitedMs,
    sendBufferLimitedMs: tcp.sendBufferLimitedMs,
    receiverRttMs: Math.max(0, tcp.receiverRttMs),
    receiveSpaceOctets: Math.round(tcp.receiveSpaceOctets),
  };
}

/** Whole octets a second; 0: no bound, or not known. */
function toRate(rate: number): number {
  return rate < 0 ? 0 : Math.min(Math.round(rate), Number.MAX_SAFE_INTEGER);
}
