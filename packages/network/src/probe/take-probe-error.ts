import {
  ICMP_ADDRESS_MASK_REQUEST,
  ICMP_ECHO_REQUEST,
  ICMP_REDIRECT,
  ICMP_TIMESTAMP_REQUEST,
  type IpAddress,
  type Ipv4Packet,
  PROTOCOL_ICMP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  readUint16,
  readUint32,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import type { ProbeEvent, ProbeKind } from './probe.ts';
import { keyOf, type SentProbe } from './probe-state.ts';
import { settle } from './probe-table.ts';
import { tellArrived } from './tell-probe.ts';

/** Octets of the quoted packet that an event carries. */
const QUOTED_OCTETS = 128;

const QUERIES: Readonly<Record<number, ProbeKind>> = {
  [ICMP_ECHO_REQUEST]: 'echo',
  [ICMP_TIMESTAMP_REQUEST]: 'timestamp',
  [ICMP_ADDRESS_MASK_REQUEST]: 'address mask',
};

/** An ICMP error, with the words that some types have; 0: none. */
export interface ProbeError {
  readonly type: number;
  readonly code: number;
  readonly mtu?: number | undefined;
  readonly gateway?: IpAddress | undefined;
  readonly pointer?: number | undefined;
}

/**
 * Takes an error about the quoted packet, at least 8 octets behind its header. `packet`: the one
 * that brought the error; undefined: the stack itself reports it. False: it is not about a probe.
 */
export function takeProbeError(
  context: NetworkContext,
  quoted: Ipv4Packet,
  error: ProbeError,
  packet: Ipv4Packet | undefined,
  nowMs: number,
): boolean {
  const probe = quotedProbe(context, quoted);
  if (probe === undefined) return false;
  const more: Partial<ProbeEvent> = {
    ...withoutUndefined(error),
    isDuplicate: probe.errors > 0,
    quoted: quoted.bytes.slice(0, QUOTED_OCTETS),
    ...(packet === undefined ? { from: quoted.source, isLocal: true } : {}),
  };
  // A redirect comes beside the answer: the gateway has forwarded the packet.
  if (error.type !== ICMP_REDIRECT) {
    probe.errors += 1;
    settle(context.probes, probe);
  }
  tellArrived(context, probe, 'icmp error', packet, more, nowMs);
  return true;
}

function withoutUndefined({ type, code, mtu, gateway, pointer }: ProbeError): Partial<ProbeEvent> {
  return {
    type,
    code,
    ...(mtu === undefined ? {} : { mtu }),
    ...(gateway === undefined ? {} : { gateway }),
    ...(pointer === undefined ? {} : { pointer }),
  };
}

function quotedProbe({ probes }: NetworkContext, quoted: Ipv4Packet): SentProbe | undefined {
  const { payload, protocol } = quoted;
  let probe: SentProbe | undefined;
  switch (protocol) {
    case PROTOCOL_ICMP: {
      const kind = QUERIES[payload[0]!];
      if (kind === undefined) return undefined;
      probe = probes.icmp.get(keyOf(kind, readUint16(payload, 4), readUint16(payload, 6)));
      break;
    }
    case PROTOCOL_UDP:
      probe = probes.ported.get(keyOf('udp', readUint16(payload, 0), readUint16(payload, 2)));
      break;
    case PROTOCOL_TCP:
      probe = probes.ported.get(keyOf('tcp', readUint16(payload, 0), readUint16(payload, 2)));
      // Who has not seen the SYN cannot know its number (RFC 5927 4.1).
      if (probe?.tcpSequence !== readUint32(payload, 4)) return undefined;
      break;
    default:
      return undefined;
  }
  if (probe === undefined || probe.source !== quoted.source) return undefined;
  return probe.isSourceRouted || probe.destination === quoted.destination ? probe : undefined;
}
