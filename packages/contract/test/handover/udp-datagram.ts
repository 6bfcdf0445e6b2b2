import type { NetworkSegmentIndication } from '@strata/network';
import { ADDRESS_A, ADDRESS_B } from '@strata/simulator';
import { PROTOCOL_UDP } from '@strata/wire';

/**
 * A UDP datagram from the peer to port 53, as network delivers it. Its data is this many octets of
 * this value.
 */
export function emitUdpDatagram(octets: number, value: number): NetworkSegmentIndication {
  const segment = new Uint8Array(8 + octets).fill(value, 8);
  const view = new DataView(segment.buffer);
  view.setUint16(0, 5353);
  view.setUint16(2, 53);
  view.setUint16(4, segment.byteLength);
  return {
    kind: 'segment',
    source: ADDRESS_A,
    destination: ADDRESS_B,
    protocol: PROTOCOL_UDP,
    ttl: 60,
    tos: 0,
    interfaceIndex: 1,
    cast: 'unicast',
    segment,
    segmentSize: 0,
    checksum: 'verified',
    trace: {
      traceId: new Uint8Array(16).fill(1),
      parentSpanId: new Uint8Array(8).fill(2),
      flags: 1,
    },
  };
}
