import { IPV4_MIN_HEADER_OCTETS, Ipv4Packet, isParseError } from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import type { NetworkCounters } from '../counters.ts';
import { drop } from '../outcomes.ts';
import type { NetworkOutcome } from '../reasons.ts';

/**
 * Checks version, lengths and checksum of a received packet, and counts it (RFC 1122 3.2.1.1,
 * 3.2.1.2). A wrong packet is silently discarded.
 */
export function checkHeader(
  context: NetworkContext,
  bytes: Uint8Array,
): Ipv4Packet | NetworkOutcome {
  const { counters } = context;
  counters.IpInReceives += 1;
  counters.IpExtInOctets += bytes.byteLength;
  const packet = Ipv4Packet.parse(bytes);
  if (packet === 'truncated' && bytes.byteLength >= IPV4_MIN_HEADER_OCTETS) {
    return drop(context, 'PKT_TOO_SMALL');
  }
  if (isParseError(packet)) return drop(context, 'IP_INHDR');
  if (!packet.hasValidChecksum()) return drop(context, 'IP_CSUM');
  countEcn(counters, packet.tos);
  return packet;
}

/** Counts the packet by its ECN codepoint (RFC 3168 5). */
function countEcn(counters: NetworkCounters, tos: number): void {
  switch (tos & 3) {
    case 0:
      counters.IpExtInNoECTPkts += 1;
      break;
    case 1:
      counters.IpExtInECT1Pkts += 1;
      break;
    case 2:
      counters.IpExtInECT0Pkts += 1;
      break;
    default:
      counters.IpExtInCEPkts += 1;
  }
}
