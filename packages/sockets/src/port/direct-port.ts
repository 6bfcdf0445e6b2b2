import { transportIndicationChannel, transportRequestChannel, unsequenced } from '@strata/contract';
import type { TransportIndication, TransportRequest } from '@strata/transport';
import { SUPER_SEGMENT_DATA_OCTETS } from '@strata/wire';
import type { BusPortOptions } from './port-options.ts';
import type { TransportPort } from './transport-port.ts';

/**
 * Over a bus that loses nothing: what passes is the requests and indications themselves. All is one
 * process there, so that no side is started anew alone.
 */
export function createDirectPort({ bus, stack, endpoint }: BusPortOptions): TransportPort {
  const requestChannel = transportRequestChannel(stack);
  const wrap = (request: TransportRequest) => unsequenced(endpoint, request);
  let deliver: (indications: readonly TransportIndication[]) => void = () => {};
  const subscription = bus.subscribe(
    transportIndicationChannel(stack),
    (batch) => {
      const indications: TransportIndication[] = [];
      for (const { body } of batch) if (body !== undefined) indications.push(body);
      deliver(indications);
    },
    // The credits bound what can come: nothing here may be dropped.
    {
      keys: [endpoint],
      selects: (pdu) => pdu.endpoint === endpoint,
      maxPendingPdus: Number.POSITIVE_INFINITY,
      maxPendingOctets: Number.POSITIVE_INFINITY,
    },
  );
  return {
    // Whole super-segments, since nothing is encoded.
    maxPduOctets: SUPER_SEGMENT_DATA_OCTETS,
    send: (requests) => bus.publish(requestChannel, requests.map(wrap)),
    onIndications: (handler) => {
      deliver = handler;
    },
    close: async () => subscription.close(),
  };
}
