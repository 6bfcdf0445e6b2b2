import { SHARDS } from '@strata/wire';
import type { TransportContext } from '../../context.ts';
import { initialSequenceNumber, timestampOffset } from '../../isn.ts';
import { dropTcp } from '../../outcomes.ts';
import { firstReceiveBuffer } from '../arrive/receive-buffer.ts';
import { congestionControl } from '../recover/congestion/registry.ts';
import { headRange, noteSent } from '../recover/retransmission-queue.ts';
import { offeredShift } from '../send/emit.ts';
import type { ConnectionRequest } from '../state/connection-request.ts';
import { createTcb, DEFAULT_MSS_OCTETS } from '../state/create-tcb.ts';
import type { ListenerMember } from '../state/listener.ts';
import { seqAdd, seqDiff, seqGt } from '../state/sequence.ts';
import type { SocketAddress, SocketId, TcpSocketOptions } from '../state/socket.ts';
import type { Tcb, TcpState } from '../state/tcb.ts';
import { takeSyn } from './handshake.ts';

/** The identity of a new connection. */
export interface OpenParameters {
  readonly socket: SocketId;
  readonly endpoint: string;
  readonly listener: SocketId;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly state: TcpState;
  readonly options: TcpSocketOptions;
  /** The initial sequence number (RFC 9293 3.4.1, MUST-8). */
  readonly iss: number;
}

/** A new TCB, with sizes from the sysctls. */
export function openTcb(context: TransportContext, open: OpenParameters, nowMs: number): Tcb {
  const { sysctl, secret } = context;
  const control = congestionControl(
    open.options.congestionControl ?? sysctl.tcp_congestion_control,
  );
  const rcvBufferOctets = firstReceiveBuffer(open.options.receiveBufferOctets, sysctl);
  return createTcb({
    ...open,
    pathMtuOctets: context.addresses.mtuOf(open.local.address),
    rcvBufferOctets,
    rcvWndShift: offeredShift(context, open.options, rcvBufferOctets),
    timestampOffset: timestampOffset(secret, open.local.address, open.remote.address),
    congestion: control.create(DEFAULT_MSS_OCTETS),
    reorderingSegments: sysctl.tcp_reordering,
    nowMs,
  });
}

/**
 * A TCB in SYN-RECEIVED from a connection request. The SYN,ACK is sent, and the peer has answered
 * it.
 */
export function openFromRequest(
  context: TransportContext,
  request: ConnectionRequest,
  socket: SocketId,
  member: ListenerMember,
  nowMs: number,
): Tcb {
  const { local, remote, iss, sentAtMs, transmissions } = request;
  const tcb = openTcb(
    context,
    {
      socket,
      endpoint: member.endpoint,
      listener: member.socket,
      local,
      remote,
      state: 'SYN-RECEIVED',
      options: { ...member.options },
      iss,
    },
    nowMs,
  );
  tcb.rcvAdv = seqDiff(request.rcvAdv, request.rcvNxt);
  tcb.rcvBufferOctets = request.rcvBufferOctets;
  tcb.rcvWndShift = request.rcvWndShift;
  takeSyn(context, tcb, request.syn, nowMs);
  tcb.ecn.on = request.syn.ecn;
  tcb.tsRecent = request.tsRecent;
  tcb.sndNxt = seqAdd(iss, 1);
  noteSent(tcb.retransmission, iss, tcb.sndNxt, tcb.sndMss, sentAtMs);
  headRange(tcb.retransmission)!.transmissions = transmissions;
  tcb.statistics.segmentsOut = transmissions;
  tcb.quickAcks -= 1;
  return tcb;
}

/**
 * The initial sequence number of a new connection (RFC 9293 3.4.1, MUST-8). `beyond`: SND.NXT of
 * the connection in TIME-WAIT that it replaces. The new number is higher than that (RFC 9293 3.6.1,
 * RFC 6191 2) by as much as in Linux's tcp_timewait_state_process().
 */
export function firstSequence(
  secret: Uint8Array,
  local: SocketAddress,
  remote: SocketAddress,
  beyond: number | undefined,
  nowMs: number,
): number {
  const iss = initialSequenceNumber(secret, local, remote, nowMs);
  if (beyond === undefined || seqGt(iss, seqAdd(beyond, 0xffff))) return iss;
  return seqAdd(beyond, 0xffff + 2);
}

const SOCKET_ID_SPACE = 2 ** 47;

/** An unused socket id in this shard. */
export function newSocketId(
  random: () => number,
  shard: number,
  isTaken: (socket: SocketId) => boolean,
): SocketId {
  for (;;) {
    const socket = Math.floor(random() * SOCKET_ID_SPACE) * SHARDS + shard;
    if (socket !== 0 && !isTaken(socket)) return socket;
  }
}

/**
 * When the quiet time ends (RFC 9293 3.4.3). Before that no sequence number is assigned, because
 * segments of an earlier run with the same numbers may still be in the network. RSTs are sent
 * during the quiet time, since they assign no number.
 */
export function quietUntilMs({ startedAtMs, sysctl }: TransportContext): number {
  return startedAtMs + sysctl.tcp_quiet_time;
}

/** Whether a SYN arrives in the quiet time; it is then dropped. */
export function dropsSynInQuiet(context: TransportContext, nowMs: number): boolean {
  if (nowMs >= quietUntilMs(context)) return false;
  dropTcp(context, 'strata/QUIET_TIME');
  return true;
}
