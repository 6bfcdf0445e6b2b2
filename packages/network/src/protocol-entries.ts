/** The entries of the protocol table. */
import { PORTED_PROTOCOLS, PROTOCOL_ICMP, PROTOCOL_IGMP } from '@strata/wire';
import type { NetworkContext } from './context.ts';
import { handleIcmp } from './icmp/icmp-input.ts';
import { handleIgmp } from './igmp/query.ts';
import { done } from './outcomes.ts';
import { takePorted } from './probe/take-answer.ts';
import type { NetworkProtocol } from './protocols.ts';

/** ICMP, which network handles itself. */
export function icmpProtocol(context: NetworkContext): NetworkProtocol {
  return {
    number: PROTOCOL_ICMP,
    confirmsPathMtu: false,
    verifiesErrors: false,
    handle: (packet, _cast, arrival, nowMs) => handleIcmp(context, packet, arrival, nowMs),
    // Only probes send ICMP, and they take errors before any protocol.
    handleError: () => undefined,
  };
}

/** IGMP, which network handles itself. No error about a packet to a group ever comes. */
export function igmpProtocol(context: NetworkContext): NetworkProtocol {
  return {
    number: PROTOCOL_IGMP,
    confirmsPathMtu: false,
    verifiesErrors: false,
    handle: (packet, _cast, arrival, nowMs) => handleIgmp(context, packet, arrival, nowMs),
    handleError() {},
  };
}

/** The protocols that transport handles: TCP and UDP. */
export function transportProtocols(context: NetworkContext): NetworkProtocol[] {
  const { probes, toTransport } = context;
  return PORTED_PROTOCOLS.map(({ number, verifiesErrors }) => ({
    number,
    confirmsPathMtu: true,
    verifiesErrors,
    handle(packet, cast, { interfaceIndex, segmentSize, checksum, trace }, nowMs) {
      if (probes.ported.size > 0 && takePorted(context, packet, nowMs) === 'taken') {
        return done(context, 'delivered', 'strata/PROBE_ANSWER');
      }
      const { source, destination, ttl, tos, headerOctets, bytes } = packet;
      toTransport.push({
        kind: 'segment',
        source,
        destination,
        protocol: number,
        ttl,
        tos,
        interfaceIndex,
        cast,
        header: bytes.subarray(0, headerOctets),
        segment: bytes.subarray(headerOctets),
        segmentSize,
        checksum,
        trace,
      });
      return done(context, 'delivered', 'CONSUMED');
    },
    handleError: (error) => toTransport.push(error),
  }));
}
