import {
  ECN_MASK,
  emitTcpChecksum,
  emitTcpHeader,
  HEADROOM_OCTETS,
  PROTOCOL_TCP,
  TCP_ACK,
  TCP_RST,
  type TcpHeader,
  tcpHeaderOctets,
} from '@strata/wire';
import type { TransportContext } from '../../context.ts';
import { type ResetReason, resetting } from '../../outcomes.ts';
import type { ArrivedSegment } from '../arrive/segment.ts';
import { seqAdd } from '../state/sequence.ts';
import type { SocketAddress, TcpSocketOptions } from '../state/socket.ts';
import { bareSequence, type Tcb } from '../state/tcb.ts';
import { discoversPathMtu, timestampNow } from './emit.ts';

const NO_OPTIONS: TcpSocketOptions = {};

type BareHeader = Pick<TcpHeader, 'sequence' | 'acknowledgment' | 'flags' | 'window' | 'options'>;

/**
 * Sends a segment without data outside of any TCB. `socket`: the socket's options for the IP
 * header.
 */
export function emitBare(
  context: TransportContext,
  local: SocketAddress,
  remote: SocketAddress,
  header: BareHeader,
  socket: Pick<TcpSocketOptions, 'ttl' | 'tos'> = NO_OPTIONS,
): void {
  const { sequence, acknowledgment, flags, window, options } = header;
  const bytes = context.allocate(tcpHeaderOctets(options));
  emitTcpHeader(bytes, {
    sourcePort: local.port,
    destinationPort: remote.port,
    sequence,
    acknowledgment,
    flags,
    window,
    urgentPointer: 0,
    options,
  });
  emitTcpChecksum(bytes, local.address, remote.address);
  context.counters.TcpOutSegs += 1;
  context.emit({
    kind: 'send',
    source: local.address,
    destination: remote.address,
    protocol: PROTOCOL_TCP,
    ttl: socket.ttl ?? context.sysctl.ip_default_ttl,
    // Not ECT: only data segments are (RFC 3168 6.1.1, 6.1.4).
    tos: (socket.tos ?? 0) & ~ECN_MASK,
    dontFragment: discoversPathMtu(context),
    interfaceIndex: 0,
    segment: bytes,
    headroomOctets: HEADROOM_OCTETS,
    segmentSize: 0,
    checksum: 'complete',
    trace: undefined,
  });
}

/** Sends a RST for a segment without a connection (RFC 9293 3.10.7.1). Never in answer to a RST. */
export function refuseSegment(
  context: TransportContext,
  segment: ArrivedSegment,
  reason: ResetReason,
): void {
  if ((segment.flags & TCP_RST) !== 0) return;
  const hasAck = (segment.flags & TCP_ACK) !== 0;
  resetting(context, reason, true);
  emitBare(
    context,
    { address: segment.destination, port: segment.destinationPort },
    { address: segment.source, port: segment.sourcePort },
    {
      sequence: hasAck ? segment.segAck : 0,
      acknowledgment: hasAck ? 0 : seqAdd(segment.segSeq, segment.segLen),
      flags: hasAck ? TCP_RST : TCP_RST | TCP_ACK,
      window: 0,
      options: {},
    },
  );
}

/**
 * Sends the RST of an aborted connection (RFC 9293 3.10.5), with a timestamp if timestamps are on
 * (RFC 7323 3.2).
 */
export function resetConnection(
  context: TransportContext,
  tcb: Tcb,
  nowMs: number,
  reason: ResetReason,
): void {
  resetting(context, reason, false);
  emitBare(context, tcb.local, tcb.remote, {
    sequence: bareSequence(tcb),
    acknowledgment: tcb.rcvNxt,
    flags: TCP_RST | TCP_ACK,
    window: 0,
    options: tcb.timestampsOn
      ? { timestamps: { value: timestampNow(tcb, nowMs), echo: tcb.tsRecent } }
      : {},
  });
}
