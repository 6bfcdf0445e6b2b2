/**
 * The handover of a connection's sending half: the send buffer, the data in flight, the timers, the
 * path.
 */

import type { EcnState, MtuProbe, PathMtu } from '../tcp/state/path.ts';
import { createEcn, createMtuProbe, createPathMtu } from '../tcp/state/path.ts';
import {
  type Cork,
  createCork,
  createPacing,
  createRate,
  createRetransmissionQueue,
  createSendBuffer,
  createSendLimits,
  createUrgent,
  type Pacing,
  type RateState,
  type RetransmissionQueue,
  type SendBuffer,
  type SendChunk,
  type SendLimits,
  type SendStamp,
  type SentRange,
  type Urgent,
} from '../tcp/state/send.ts';
import { seqDiff } from '../tcp/state/sequence.ts';
import {
  age,
  ageOrNone,
  deadline,
  derived,
  type FieldKind,
  fixed32,
  flag,
  octets,
  oneOf,
  optional,
  real,
  type Struct,
  uint32,
  uint64,
} from './kinds.ts';
import { malformed } from './plain.ts';
import { list, part } from './walk.ts';

const CHUNK: Struct<SendChunk> = {
  message: 'WrittenChunk',
  make: () => ({ offset: 0, bytes: new Uint8Array(0), push: false }),
  fields: {
    offset: derived('the end of the chunk before it'),
    bytes: octets,
    push: flag,
  },
};

const SEND_BUFFER: Struct<SendBuffer> = {
  message: 'SendBuffer',
  make: createSendBuffer,
  fields: {
    chunks: list(CHUNK),
    head: derived('acknowledged chunks are not carried'),
    hint: derived('where a search begins'),
    startOffset: uint64,
    endOffset: derived('the end of the last chunk'),
  },
  rebuild(buffer) {
    let offset = buffer.startOffset;
    buffer.chunks = buffer.chunks.map((chunk) => {
      const placed = { ...chunk, offset };
      offset += chunk.bytes.byteLength;
      return placed;
    });
    buffer.endOffset = offset;
  },
};

const wholeBuffer = part(SEND_BUFFER);

/** The data that is written and not acknowledged. */
export const sendBuffer: FieldKind<SendBuffer> = {
  ...wholeBuffer,
  write: (buffer, baseMs) => wholeBuffer.write(withoutAcknowledged(buffer), baseMs),
};

/** The send buffer without acknowledged data, of which it may still hold a part. */
function withoutAcknowledged(buffer: SendBuffer): SendBuffer {
  const chunks = buffer.chunks.slice(buffer.head);
  const first = chunks[0];
  if (first !== undefined && first.offset < buffer.startOffset) {
    const bytes = first.bytes.subarray(buffer.startOffset - first.offset);
    chunks[0] = { ...first, offset: buffer.startOffset, bytes };
  }
  return { ...buffer, chunks, head: 0, hint: 0 };
}

const STAMP: Struct<SendStamp> = {
  message: 'DeliveryStamp',
  make: () => ({ deliveredOctets: 0, deliveredAtMs: 0, firstSentAtMs: 0, isAppLimited: false }),
  fields: {
    deliveredOctets: uint64,
    deliveredAtMs: age,
    firstSentAtMs: age,
    isAppLimited: flag,
  },
};

const RANGE: Struct<SentRange> = {
  message: 'SentRange',
  make: () => ({
    sequence: 0,
    endSequence: 0,
    sentAtMs: 0,
    order: 0,
    stamp: undefined,
    segmentOctets: 0,
    transmissions: 0,
    lost: false,
    resent: false,
    sacked: false,
  }),
  fields: {
    sequence: fixed32,
    endSequence: fixed32,
    sentAtMs: ageOrNone(-1),
    order: uint64,
    stamp: optional(part(STAMP)),
    segmentOctets: uint32,
    transmissions: uint32,
    lost: flag,
    resent: flag,
    sacked: flag,
  },
};

const RETRANSMISSION_QUEUE: Struct<RetransmissionQueue> = {
  message: 'RetransmissionQueue',
  make: createRetransmissionQueue,
  fields: {
    ranges: list(RANGE),
    head: derived('acknowledged ranges are not carried'),
    lostOctets: derived('the lost ranges'),
    resentOctets: derived('the retransmitted ranges'),
    sackedOctets: derived('the SACKed ranges'),
    waitingOctets: derived('the lost ranges that are not retransmitted'),
    transmissions: uint64,
    resendHint: derived('where a search begins'),
    sackedEnd: derived('the end of the last SACKed range'),
    resentEnd: optional(fixed32),
  },
  rebuild(queue) {
    for (const range of queue.ranges) {
      const length = seqDiff(range.endSequence, range.sequence);
      if (length <= 0) throw malformed('a range in flight is empty');
      if (range.sacked && range.lost) throw malformed('a range is both SACKed and lost');
      if (range.lost) queue.lostOctets += length;
      if (range.resent) queue.resentOctets += length;
      if (range.lost && !range.resent) queue.waitingOctets += length;
      if (!range.sacked) continue;
      queue.sackedOctets += length;
      queue.sackedEnd = range.endSequence;
    }
  },
};

const wholeQueue = part(RETRANSMISSION_QUEUE);

/** The ranges in flight. */
export const retransmissionQueue: FieldKind<RetransmissionQueue> = {
  ...wholeQueue,
  write: (queue, baseMs) =>
    wholeQueue.write({ ...queue, ranges: queue.ranges.slice(queue.head) }, baseMs),
};

export const RATE: Struct<RateState> = {
  message: 'DeliveryRate',
  make: () => createRate(0),
  fields: {
    deliveredOctets: uint64,
    deliveredSegments: uint64,
    deliveredAtMs: age,
    firstSentAtMs: age,
    appLimitedUntil: uint64,
    sampleOctets: uint64,
    sampleIntervalMs: real,
    isSampleAppLimited: flag,
  },
};

export const CORK: Struct<Cork> = {
  message: 'Cork',
  make: createCork,
  fields: { pushedOffset: uint64 },
};

export const URGENT: Struct<Urgent> = {
  message: 'UrgentState',
  make: createUrgent,
  fields: {
    sndUp: fixed32,
    isSending: flag,
    mark: fixed32,
    markOffset: uint64,
    rcvState: oneOf('UrgentOctet', ['none', 'awaited', 'come']),
    isMarkNews: flag,
    octetNews: optional(uint32),
  },
};

export const PACING: Struct<Pacing> = {
  message: 'Pacing',
  make: createPacing,
  fields: {
    nextAtMs: deadline(-Infinity),
    turnOctets: derived('the turn ends before a handover'),
  },
};

export const SEND_LIMITS: Struct<SendLimits> = {
  message: 'SendLimits',
  make: () => createSendLimits(0),
  fields: {
    now: oneOf('SendLimit', ['idle', 'network', 'receive window', 'send buffer']),
    sinceMs: age,
    busyMs: real,
    receiveWindowMs: real,
    sendBufferMs: real,
  },
};

export const PATH_MTU: Struct<PathMtu> = {
  message: 'PathMtuState',
  make: createPathMtu,
  fields: {
    expiresAtMs: deadline(),
    ackedOctets: uint32,
    watchedOctets: uint32,
    watchedEnd: fixed32,
    pendingOctets: uint32,
    pendingSequence: fixed32,
  },
};

export const MTU_PROBE: Struct<MtuProbe> = {
  message: 'MtuProbe',
  make: createMtuProbe,
  fields: {
    isOn: flag,
    searchLow: uint32,
    searchHigh: uint32,
    size: uint32,
    start: fixed32,
    end: fixed32,
    searchFromMs: age,
  },
};

export const ECN: Struct<EcnState> = {
  message: 'EcnState',
  make: createEcn,
  fields: {
    on: flag,
    echo: flag,
    cwrQueued: flag,
    seen: flag,
    deliveredCe: uint64,
  },
};
