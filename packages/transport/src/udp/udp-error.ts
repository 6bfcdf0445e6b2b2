import type { NetworkErrorIndication } from '@strata/network';
import {
  formatIpv4,
  ICMP_DESTINATION_UNREACHABLE,
  ICMP_FRAGMENTATION_NEEDED,
  ICMP_NET_UNKNOWN,
  ICMP_NET_UNREACHABLE,
  ICMP_PARAMETER_PROBLEM,
  ICMP_PORT_UNREACHABLE,
  ICMP_PROTOCOL_UNREACHABLE,
  ICMP_SOURCE_ROUTE_FAILED,
  ICMP_TIME_EXCEEDED,
} from '@strata/wire';
import type { CloseReason } from '../tcp/state/socket.ts';

/** The meaning of an ICMP error for the application that sent the datagram. */
export interface DatagramError {
  readonly reason: CloseReason;
  /** The reporter and its report, for people. */
  readonly detail: string;
  /** For `message too long`: the path MTU, octets, if the report has one. */
  readonly mtu?: number | undefined;
}

const NET_ANO = 9;
const NET_UNREACHABLE_FOR_TOS = 11;

/**
 * Reads an ICMP error for a UDP application, which gets all errors (RFC 1122 4.1.3.3) except source
 * quench (RFC 6633 3). Undefined for source quench and for other ICMP messages. Codes have the
 * meanings of Linux's `icmp_err_convert`.
 */
export function readDatagramError(error: NetworkErrorIndication): DatagramError | undefined {
  const reporter = formatIpv4(error.reporter);
  switch (error.type) {
    case ICMP_DESTINATION_UNREACHABLE:
      return readUnreachable(error, reporter);
    case ICMP_TIME_EXCEEDED:
      return {
        reason: 'host unreachable',
        detail:
          error.code === 0
            ? `time to live exceeded at ${reporter}`
            : `reassembly time exceeded at ${reporter}`,
      };
    case ICMP_PARAMETER_PROBLEM:
      return { reason: 'invalid', detail: `parameter problem reported by ${reporter}` };
    default:
      return undefined;
  }
}

function readUnreachable(error: NetworkErrorIndication, reporter: string): DatagramError {
  switch (error.code) {
    case ICMP_NET_UNREACHABLE:
    case ICMP_NET_UNKNOWN:
    case NET_ANO:
    case NET_UNREACHABLE_FOR_TOS:
      return { reason: 'network unreachable', detail: `network unreachable from ${reporter}` };
    case ICMP_PROTOCOL_UNREACHABLE:
      return { reason: 'refused', detail: `protocol unreachable at ${reporter}` };
    case ICMP_PORT_UNREACHABLE:
      return { reason: 'refused', detail: `port unreachable at ${reporter}` };
    case ICMP_FRAGMENTATION_NEEDED:
      return {
        reason: 'message too long',
        detail: `fragmentation needed at ${reporter}, MTU ${error.mtu} octets`,
        mtu: error.mtu || undefined,
      };
    case ICMP_SOURCE_ROUTE_FAILED:
      return { reason: 'host unreachable', detail: `source route failed at ${reporter}` };
    default:
      return {
        reason: 'host unreachable',
        detail: `host unreachable from ${reporter} (code ${error.code})`,
      };
  }
}
