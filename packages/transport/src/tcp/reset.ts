import {
  allocateWithHeadroom,
  emitTcpChecksum,
  emitTcpHeader,
  HEADROOM_OCTETS,
  type Ipv4Address,
  PROTOCOL_TCP,
  TCP_ACK,
  TCP_RST,
  type TcpHeader,
  tcpHeaderOctets,
} from '@strata/wire';
import type { TransportContext } from '../context.ts';
import type { SocketAddress } from '../pdu.ts';
import type { ArrivedSegment } from './segment.ts';
import { seqAdd } from './sequence.ts';
import { bareSequence, type Tcb } from './tcb.ts';

type BareHeader = Pick<TcpHeader, 'sequence' | 'acknowledgment' | 'flags' | 'window' | 'options'>;

/** Sends a segment without data that belongs to no TCB. */
export function emitBare(
  context: TransportContext,
  local: SocketAddress,
  remote: SocketAddress,
  header: BareHeader,
): void {
  const bytes = allocateWithHeadroom(tcpHeaderOctets(header.options));
  emitTcpHeader(bytes, {
    ...header,
    sourcePort: local.port,
    destinationPort: remote.port,
    urgentPointer: 0,
  });
  emitTcpChecksum(bytes, local.address, remote.address);
  context.counters.TcpOutSegs += 1;
  sendBare(context, local.address, remote.address, bytes);
}

function sendBare(
  context: TransportContext,
  source: Ipv4Address,
  destination: Ipv4Address,
  segment: Uint8Array,
): void {
  context.emit({
    kind: 'send',
    source,
    destination,
    protocol: PROTOCOL_TCP,
    ttl: context.sysctl.ip_default_ttl,
    tos: 0,
    dontFragment: context.sysctl.ip_no_pmtu_disc === 0,
    interfaceIndex: 0,
    segment,
    headroomOctets: HEADROOM_OCTETS,
    segmentSize: 0,
    checksum: 'complete',
    trace: undefined,
  });
}

/** RST for a segment that no connection takes (RFC 9293 3.10.7.1). Never in answer to RST. */
export function refuseSegment(context: TransportContext, segment: ArrivedSegment): void {
  if ((segment.flags & TCP_RST) !== 0) return;
  const hasAck = (segment.flags & TCP_ACK) !== 0;
  context.counters.TcpOutRsts += 1;
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

/** RST of a connection that is aborted (RFC 9293 3.10.5). */
export function resetConnection(context: TransportContext, tcb: Tcb): void {
  context.counters.TcpOutRsts += 1;
  emitBare(context, tcb.local, tcb.remote, {
    sequence: bareSequence(tcb),
    acknowledgment: tcb.rcvNxt,
    flags: TCP_RST | TCP_ACK,
    window: 0,
    options: {},
  });
}
