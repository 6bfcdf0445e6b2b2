import type { NetworkErrorIndication } from '@strata/network';
import {
  formatIpv4,
  ICMP_DESTINATION_UNREACHABLE,
  ICMP_FRAGMENTATION_NEEDED,
  ICMP_NET_UNREACHABLE,
  ICMP_PARAMETER_PROBLEM,
  ICMP_PORT_UNREACHABLE,
  ICMP_PROTOCOL_UNREACHABLE,
  ICMP_TIME_EXCEEDED,
  readUint32,
} from '@strata/wire';
import { dropTcp, took } from '../../outcomes.ts';
import { takePathMtu } from '../send/path-mtu.ts';
import { seqGe, seqLe } from '../state/sequence.ts';
import type { CloseReason } from '../state/socket.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { noteSoftError } from './soft-error.ts';

/**
 * Processes an ICMP error about one of our segments (RFC 9293 3.9.2.2). It is accepted only if the
 * quoted sequence number is in flight (RFC 5927 4.1).
 */
export function applyIcmpError(
  context: TcpContext,
  tcb: Tcb,
  error: NetworkErrorIndication,
  nowMs: number,
): void {
  const sequence = readUint32(error.quoted, 4);
  if (!(seqLe(tcb.sndUna, sequence) && seqGe(tcb.sndNxt, sequence))) {
    return dropTcp(context, 'strata/ICMP_OUT_OF_WINDOW');
  }
  const isUnreachable = error.type === ICMP_DESTINATION_UNREACHABLE;
  if (isUnreachable && error.code === ICMP_FRAGMENTATION_NEEDED) {
    return takePathMtu(context, tcb, error, sequence, nowMs);
  }
  const reason = reasonOf(error);
  // MUST-55: ignore source quench.
  if (reason === undefined) return dropTcp(context, 'strata/ICMP_TYPE_IGNORED');
  took(context);
  const detail = `ICMP type ${error.type}, code ${error.code}, from ${formatIpv4(error.reporter)}`;
  if (isUnreachable && (tcb.state === 'SYN-SENT' || tcb.state === 'SYN-RECEIVED')) {
    // As in Linux's tcp_v4_err(): in the handshake the error ends the connection at once, since no
    // data can be lost.
    context.counters.TcpAttemptFails += 1;
    return context.close(tcb, 'strata/UNREACHABLE', reason, detail);
  }
  // MUST-56: soft errors do not end a connection. In an established connection hard errors do not
  // end it either, as in Linux's tcp_v4_err(): ICMP is easy to forge.
  noteSoftError(context, tcb, reason, detail);
}

function reasonOf({ type, code }: NetworkErrorIndication): CloseReason | undefined {
  if (type === ICMP_TIME_EXCEEDED) return 'host unreachable';
  if (type === ICMP_PARAMETER_PROBLEM) return 'invalid';
  if (type !== ICMP_DESTINATION_UNREACHABLE) return undefined;
  if (code === ICMP_NET_UNREACHABLE) return 'network unreachable';
  if (code === ICMP_PORT_UNREACHABLE || code === ICMP_PROTOCOL_UNREACHABLE) return 'refused';
  return 'host unreachable';
}
