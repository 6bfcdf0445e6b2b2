import { createEcn, createMtuProbe, createPathMtu } from './path.ts';
import { createReceiveAutotune, createReceiveQueue } from './receive.ts';
import {
  type CongestionState,
  createFRto,
  createLossProbe,
  createPrr,
  createRack,
  createReordering,
  createUndo,
  createWindowUse,
} from './recovery.ts';
import {
  createCork,
  createPacing,
  createRate,
  createRetransmissionQueue,
  createSendBuffer,
  createSendLimits,
  createUrgent,
} from './send.ts';
import type { SocketAddress, SocketId, TcpSocketOptions } from './socket.ts';
import { createStatistics } from './statistics.ts';
import type { AckOwed, Tcb, TcpState } from './tcb.ts';
import { createDeadlines, createKeepalive, createRto, createUserTimeout } from './timers.ts';

export interface TcbSeed {
  readonly socket: SocketId;
  readonly endpoint: string;
  readonly listener: SocketId;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly state: TcpState;
  readonly options: TcpSocketOptions;
  readonly iss: number;
  readonly pathMtuOctets: number;
  readonly rcvBufferOctets: number;
  /** The shift to offer. It is fixed from the first SYN on. */
  readonly rcvWndShift: number;
  readonly timestampOffset: number;
  readonly congestion: CongestionState;
  /** `tcp_reordering`. */
  readonly reorderingSegments: number;
  readonly nowMs: number;
}

/** MSS to assume where the peer announces none (RFC 9293 3.7.1, MUST-15). */
export const DEFAULT_MSS_OCTETS = 536;

/** A TCB that has sent and received nothing. */
export function createTcb(seed: TcbSeed): Tcb {
  return {
    version: 1,
    kind: 'connection',
    socket: seed.socket,
    endpoint: seed.endpoint,
    listener: seed.listener,
    local: seed.local,
    remote: seed.remote,
    state: seed.state,
    options: seed.options,
    ...sendPart(seed),
    ...receivePart(seed),
    accepted: false,
    endIndicated: false,
    orphaned: false,
    closeIndicated: false,
    softError: undefined,
    rto: createRto(),
    deadlines: createDeadlines(),
    firstTimeoutAtMs: -1,
    lastSentMs: seed.nowMs,
    lastReceivedMs: seed.nowMs,
    probes: 0,
    keepalive: createKeepalive(),
    userTimeout: createUserTimeout(),
    ecn: createEcn(),
    congestion: seed.congestion,
    caState: 'open',
    recover: seed.iss,
    duplicateAcks: 0,
    renoSackedOctets: 0,
    ...recoveryPart(seed),
    pacing: createPacing(),
    limits: createSendLimits(seed.nowMs),
    rate: createRate(seed.nowMs),
    createdMs: seed.nowMs,
    statistics: createStatistics(seed.nowMs),
  };
}

function sendPart(seed: TcbSeed) {
  return {
    iss: seed.iss,
    sndUna: seed.iss,
    sndNxt: seed.iss,
    sndWnd: 0,
    sndWl1: 0,
    sndWl2: 0,
    maxSndWnd: 0,
    sndWndShift: 0,
    sndSml: seed.iss,
    sndMss: DEFAULT_MSS_OCTETS,
    peerMss: DEFAULT_MSS_OCTETS,
    pathMtuOctets: seed.pathMtuOctets,
    pathMtu: createPathMtu(),
    mtuProbe: createMtuProbe(),
    send: createSendBuffer(),
    cork: createCork(),
    urgent: createUrgent(),
    sendStartSequence: (seed.iss + 1) >>> 0,
    finQueued: false,
    finSent: false,
    retransmission: createRetransmissionQueue(),
    sendCreditOctets: 0,
  };
}

function recoveryPart(seed: TcbSeed) {
  return {
    windowUse: createWindowUse(seed.iss, seed.nowMs),
    reordering: createReordering(seed.reorderingSegments),
    rack: createRack(),
    lossProbe: createLossProbe(),
    prr: createPrr(),
    undo: createUndo(),
    frto: createFRto(),
    rescue: { end: undefined },
  };
}

function receivePart(seed: TcbSeed) {
  return {
    irs: 0,
    rcvNxt: 0,
    rcvAdv: 0,
    rcvWndShift: seed.rcvWndShift,
    rcvBufferOctets: seed.rcvBufferOctets,
    rcvMss: DEFAULT_MSS_OCTETS,
    windowScalingOn: false,
    sackOn: false,
    timestampsOn: false,
    timestampOffset: seed.timestampOffset,
    tsRecent: 0,
    tsRecentAtMs: -Infinity,
    lastAckSent: 0,
    receive: createReceiveQueue(),
    pendingFinSequence: undefined,
    finReceived: false,
    deliveredOctets: 0,
    creditOctets: 0,
    ackOwed: 'none' as AckOwed,
    unacknowledgedOctets: 0,
    quickAcks: 16,
    duplicateSack: undefined,
    lastInvalidAckMs: -Infinity,
    autotune: createReceiveAutotune(seed.nowMs),
  };
}
