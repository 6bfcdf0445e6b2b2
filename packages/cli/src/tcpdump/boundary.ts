/** PDUs at a boundary, or frames on a wire, as packets of a capture. */
import type { TraceEvent, TraceLayer } from '@strata/service-console';
import {
  emitIpv4Header,
  IPV4_MIN_HEADER_OCTETS,
  LINKTYPE_ETHERNET,
  LINKTYPE_RAW,
  parseIpv4,
} from '@strata/wire';
import type { CapturedPacket } from './captured-packet.ts';

const WIRE = 'wire/';

/** The boundaries that packets cross, and the layer of their PDUs. */
const LAYERS: Readonly<Record<string, TraceLayer>> = {
  'link/network': 'network',
  'network/transport': 'transport',
};

/** What -i names besides interfaces. */
export interface Place {
  readonly layers: readonly TraceLayer[] | undefined;
  readonly wires: readonly string[] | undefined;
  /** For people: `EN10MB (Ethernet)`. */
  readonly linkType: string;
}

/** The names of the boundaries. */
export const BOUNDARIES: readonly string[] = Object.keys(LAYERS);

/** The boundary or wire of that name; undefined: it is neither. */
export function placeOf(name: string): Place | undefined {
  const layer = Object.hasOwn(LAYERS, name) ? LAYERS[name] : undefined;
  if (layer !== undefined) return { layers: [layer], wires: undefined, linkType: 'RAW (Raw IP)' };
  if (!name.startsWith(WIRE) || name === WIRE) return undefined;
  const wires = [name.slice(WIRE.length)];
  return { layers: undefined, wires, linkType: 'EN10MB (Ethernet)' };
}

/** The event's frame or packet; undefined: it carries none, as a report to transport. */
export function packetOf(event: TraceEvent): CapturedPacket | undefined {
  const { boundary, epochMs, direction, hex, ip } = event;
  if (hex === undefined) return undefined;
  const bytes = Buffer.from(hex, 'hex');
  const isFrame = event.pdu === 'frame';
  if (!isFrame && ip === undefined && event.pdu !== 'packet') return undefined;
  const whole = ip === undefined ? bytes : Buffer.concat([headerOf(ip, bytes.byteLength), bytes]);
  return {
    interfaceName: boundary,
    linkType: isFrame ? LINKTYPE_ETHERNET : LINKTYPE_RAW,
    epochMs,
    bytes: whole,
    lengthOctets: whole.byteLength,
    direction: isFrame ? undefined : direction === 'up' ? 'in' : 'out',
  };
}

/** The IPv4 header that network puts in front, or has taken off; its identification is 0. */
function headerOf(ip: NonNullable<TraceEvent['ip']>, octets: number): Uint8Array {
  const header = new Uint8Array(IPV4_MIN_HEADER_OCTETS);
  emitIpv4Header(header, {
    tos: ip.tos,
    totalOctets: Math.min(IPV4_MIN_HEADER_OCTETS + octets, 65_535),
    identification: 0,
    dontFragment: false,
    moreFragments: false,
    fragmentOffsetOctets: 0,
    ttl: ip.ttl,
    protocol: ip.protocol,
    source: parseIpv4(ip.source)!,
    destination: parseIpv4(ip.destination)!,
  });
  return header;
}
