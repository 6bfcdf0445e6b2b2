/** The handover of a connection: all fields of its TCB. */

import { createTcb } from '../tcp/state/create-tcb.ts';
import { seqDiff, seqLe } from '../tcp/state/sequence.ts';
import { NO_ADDRESS } from '../tcp/state/socket.ts';
import { createStatistics, type TcbStatistics } from '../tcp/state/statistics.ts';
import type { Tcb } from '../tcp/state/tcb.ts';
import {
  age,
  ageOrNone,
  derived,
  fixed32,
  flag,
  oneOf,
  optional,
  type Struct,
  text,
  timestampClock,
  uint32,
  uint64,
} from './kinds.ts';
import { malformed } from './plain.ts';
import { AUTOTUNE, RECEIVE_QUEUE } from './receive-fields.ts';
import {
  congestion,
  DEADLINES,
  F_RTO,
  KEEPALIVE,
  LOSS_PROBE,
  PRR,
  RACK,
  REORDERING,
  RESCUE,
  RTO,
  UNDO,
  USER_TIMEOUT,
  WINDOW_USE,
} from './recovery-fields.ts';
import {
  CORK,
  ECN,
  MTU_PROBE,
  PACING,
  PATH_MTU,
  RATE,
  retransmissionQueue,
  SEND_LIMITS,
  sendBuffer,
  URGENT,
} from './send-fields.ts';
import { address, closeReason, options } from './socket-fields.ts';
import { part } from './walk.ts';

function emptyTcb(): Tcb {
  return createTcb({
    socket: 0,
    endpoint: '',
    listener: 0,
    local: NO_ADDRESS,
    remote: NO_ADDRESS,
    state: 'CLOSED',
    options: {},
    iss: 0,
    pathMtuOctets: 0,
    rcvBufferOctets: 0,
    rcvWndShift: 0,
    timestampOffset: 0,
    congestion: { name: '', cwnd: 0, ssthresh: 0, own: {} },
    reorderingSegments: 0,
    nowMs: 0,
  });
}

const STATISTICS: Struct<TcbStatistics> = {
  message: 'ConnectionStatistics',
  make: () => createStatistics(0),
  fields: {
    segmentsIn: uint64,
    segmentsOut: uint64,
    dataSegmentsIn: uint64,
    dataSegmentsOut: uint64,
    octetsReceived: uint64,
    octetsAcknowledged: uint64,
    octetsSent: uint64,
    octetsRetransmitted: uint64,
    octetsDuplicated: uint64,
    retransmissions: uint64,
    duplicateAcks: uint64,
    duplicateSacks: uint64,
    outOfOrder: uint64,
    lastDataMs: age,
    lastAckMs: age,
  },
};

const DUPLICATE: Struct<{ left: number; right: number }> = {
  message: 'DuplicateBlock',
  make: () => ({ left: 0, right: 0 }),
  fields: { left: fixed32, right: fixed32 },
};

export const CONNECTION: Struct<Tcb> = {
  message: 'Connection',
  make: emptyTcb,
  fields: {
    version: derived('the record has a version'),
    kind: derived('the record names the kind'),
    socket: uint64,
    endpoint: text,
    listener: uint64,
    local: address,
    remote: address,
    state: oneOf('TcpState', [
      'CLOSED',
      'LISTEN',
      'SYN-SENT',
      'SYN-RECEIVED',
      'ESTABLISHED',
      'FIN-WAIT-1',
      'FIN-WAIT-2',
      'CLOSE-WAIT',
      'CLOSING',
      'LAST-ACK',
      'TIME-WAIT',
    ]),
    options,
    iss: fixed32,
    sndUna: fixed32,
    sndNxt: fixed32,
    sndWnd: uint32,
    sndWl1: fixed32,
    sndWl2: fixed32,
    maxSndWnd: uint32,
    sndWndShift: uint32,
    sndSml: fixed32,
    sndMss: uint32,
    peerMss: uint32,
    pathMtuOctets: uint32,
    pathMtu: part(PATH_MTU),
    mtuProbe: part(MTU_PROBE),
    irs: fixed32,
    rcvNxt: fixed32,
    rcvAdv: fixed32,
    rcvWndShift: uint32,
    rcvBufferOctets: uint32,
    rcvMss: uint32,
    windowScalingOn: flag,
    sackOn: flag,
    timestampsOn: flag,
    timestampOffset: timestampClock,
    tsRecent: fixed32,
    tsRecentAtMs: ageOrNone(-Infinity),
    lastAckSent: fixed32,
    send: sendBuffer,
    sendStartSequence: fixed32,
    cork: part(CORK),
    urgent: part(URGENT),
    finQueued: flag,
    finSent: flag,
    retransmission: retransmissionQueue,
    receive: part(RECEIVE_QUEUE),
    pendingFinSequence: optional(fixed32),
    finReceived: flag,
    deliveredOctets: uint64,
    creditOctets: uint64,
    sendCreditOctets: uint64,
    accepted: flag,
    endIndicated: flag,
    orphaned: flag,
    closeIndicated: derived('a connection whose application was told so is gone'),
    softError: optional(closeReason),
    ackOwed: oneOf('AckOwed', ['none', 'delayed', 'now']),
    unacknowledgedOctets: uint64,
    quickAcks: uint32,
    duplicateSack: optional(part(DUPLICATE)),
    lastInvalidAckMs: ageOrNone(-Infinity),
    rto: part(RTO),
    deadlines: part(DEADLINES),
    firstTimeoutAtMs: ageOrNone(-1),
    lastSentMs: age,
    lastReceivedMs: age,
    probes: uint32,
    keepalive: part(KEEPALIVE),
    userTimeout: part(USER_TIMEOUT),
    ecn: part(ECN),
    congestion,
    caState: oneOf('CaState', ['open', 'disorder', 'cwr', 'recovery', 'loss']),
    recover: fixed32,
    duplicateAcks: uint32,
    renoSackedOctets: uint64,
    windowUse: part(WINDOW_USE),
    reordering: part(REORDERING),
    rack: part(RACK),
    lossProbe: part(LOSS_PROBE),
    prr: part(PRR),
    undo: part(UNDO),
    frto: part(F_RTO),
    rescue: part(RESCUE),
    autotune: part(AUTOTUNE),
    pacing: part(PACING),
    limits: part(SEND_LIMITS),
    rate: part(RATE),
    createdMs: age,
    statistics: part(STATISTICS),
  },
  rebuild: check,
};

/**
 * Checks what the code relies on: the ranges in flight reach from SND.UNA to SND.NXT without a gap,
 * and out-of-order blocks lie beyond RCV.NXT.
 */
function check(tcb: Tcb): void {
  let at = tcb.sndUna;
  for (const range of tcb.retransmission.ranges) {
    if (range.sequence !== at)
      throw malformed('the ranges in flight have a gap, or do not begin at SND.UNA');
    at = range.endSequence;
  }
  if (at !== tcb.sndNxt) throw malformed('the ranges in flight do not end at SND.NXT');
  const writtenEnd = seqDiff(tcb.sndNxt, tcb.sendStartSequence);
  const written = tcb.send.endOffset - tcb.send.startOffset;
  // A SYN before the data and a FIN after it count one each.
  if (writtenEnd > written + 1) throw malformed('the send buffer lacks data that is in flight');
  const first = tcb.receive.outOfOrder[0];
  if (first !== undefined && seqLe(first.sequence, tcb.rcvNxt)) {
    throw malformed('an out-of-order block touches RCV.NXT');
  }
  if (tcb.rcvWndShift > 14 || tcb.sndWndShift > 14) throw malformed('a window shift above 14');
}
