import { TCP_ACK, TCP_ECE, TCP_SYN, type TcpOptions } from '@strata/wire';
import type { TransportContext } from '../../context.ts';
import { firstReceiveBuffer } from '../arrive/receive-buffer.ts';
import { announcedMss, offeredShift } from '../send/emit.ts';
import { emitBare } from '../send/reset.ts';
import type { ConnectionRequest, PeerSyn } from '../state/connection-request.ts';
import { seqAdd } from '../state/sequence.ts';
import type { SocketAddress, SocketId, TcpSocketOptions } from '../state/socket.ts';
import { userTimeoutOfSyn } from '../timers/user-timeout.ts';

/** The parties of a request, and the values chosen for it. */
export interface ConnectionRequestSeed {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly listener: SocketId;
  readonly iss: number;
  readonly timestampOffset: number;
  readonly syn: PeerSyn;
  /** The listener's options. */
  readonly options: TcpSocketOptions;
}

export function createConnectionRequest(
  context: TransportContext,
  seed: ConnectionRequestSeed,
  nowMs: number,
): ConnectionRequest {
  const { syn } = seed;
  const rcvNxt = seqAdd(syn.segSeq, 1);
  const timestamps = syn.options.timestamps;
  const offer = receiveOffer(context, syn, seed.options);
  return {
    kind: 'request',
    local: seed.local,
    remote: seed.remote,
    listener: seed.listener,
    iss: seed.iss,
    syn,
    rcvNxt,
    rcvAdv: seqAdd(rcvNxt, synWindow(offer.rcvBufferOctets)),
    ...offer,
    timestampsOn: timestamps !== undefined,
    timestampOffset: seed.timestampOffset,
    tsRecent: timestamps?.value ?? 0,
    tsRecentAtMs: nowMs,
    lastAckSent: rcvNxt,
    firstTimestamp: 0,
    lastTimestamp: 0,
    sentAtMs: -1,
    transmissions: 0,
    timeouts: 0,
    lastInvalidAckMs: -Infinity,
    deadlineMs: Infinity,
  };
}

/**
 * The receive buffer of a new connection of the listener, and its window shift: 0 if the peer does
 * not scale windows.
 */
export function receiveOffer(
  context: TransportContext,
  syn: PeerSyn,
  options: TcpSocketOptions,
): Pick<ConnectionRequest, 'rcvBufferOctets' | 'rcvWndShift'> {
  const rcvBufferOctets = firstReceiveBuffer(options.receiveBufferOctets, context.sysctl);
  const scales = syn.options.windowScale !== undefined;
  const rcvWndShift = scales ? offeredShift(context, options, rcvBufferOctets) : 0;
  return { rcvBufferOctets, rcvWndShift };
}

/** The window field of SYN and SYN,ACK: never scaled (RFC 7323 2.2). */
function synWindow(rcvBufferOctets: number): number {
  return Math.min(0xffff, rcvBufferOctets);
}

/** Sends or retransmits the SYN,ACK. `options`: the listener's. */
export function sendSynAck(
  context: TransportContext,
  request: ConnectionRequest,
  options: TcpSocketOptions,
  nowMs: number,
): void {
  const timestamp = (Math.floor(nowMs) + request.timestampOffset) >>> 0;
  if (request.transmissions === 0) request.firstTimestamp = timestamp;
  request.lastTimestamp = timestamp;
  request.sentAtMs = nowMs;
  request.transmissions += 1;
  emitSynAck(context, request, options, timestamp);
}

/**
 * Sends a SYN,ACK segment. It has only options that the peer's SYN offered (RFC 7323 2.2, 3.2; RFC
 * 2018 2).
 */
export function emitSynAck(
  context: TransportContext,
  { local, remote, iss, rcvNxt, syn, tsRecent, rcvBufferOctets, rcvWndShift }: SynAck,
  options: TcpSocketOptions,
  timestamp: number,
): void {
  const agreed = syn.options;
  const answered: TcpOptions = {
    mss: announcedMss(context, local, options),
    windowScale: agreed.windowScale === undefined ? undefined : rcvWndShift,
    sackPermitted: agreed.sackPermitted,
    timestamps: agreed.timestamps === undefined ? undefined : { value: timestamp, echo: tsRecent },
    userTimeoutSeconds: userTimeoutOfSyn(context.sysctl, options),
  };
  const header = {
    sequence: iss,
    acknowledgment: rcvNxt,
    // RFC 3168 6.1.1: an ECN-setup SYN,ACK has only ECE.
    flags: TCP_SYN | TCP_ACK | (syn.ecn ? TCP_ECE : 0),
    window: synWindow(rcvBufferOctets),
    options: answered,
  };
  emitBare(context, local, remote, header, options);
}

type SynAck = Pick<
  ConnectionRequest,
  'local' | 'remote' | 'iss' | 'rcvNxt' | 'syn' | 'tsRecent' | 'rcvBufferOctets' | 'rcvWndShift'
>;

/** Answers an unacceptable segment with an ACK. */
export function acknowledgeRequest(
  context: TransportContext,
  request: ConnectionRequest,
  options: TcpSocketOptions,
  nowMs: number,
): void {
  const { timestampOffset, tsRecent, rcvBufferOctets, rcvWndShift } = request;
  const value = (Math.floor(nowMs) + timestampOffset) >>> 0;
  const header = {
    sequence: seqAdd(request.iss, 1),
    acknowledgment: request.rcvNxt,
    flags: TCP_ACK,
    window: synWindow(rcvBufferOctets) >>> rcvWndShift,
    options: request.timestampsOn ? { timestamps: { value, echo: tsRecent } } : {},
  };
  if (context.outcomes.isOn) context.outcomes.purposeUnlessKnown('answered', 'strata/ACK');
  emitBare(context, request.local, request.remote, header, options);
}
