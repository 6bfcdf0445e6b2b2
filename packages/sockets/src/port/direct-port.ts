import { transportIndicationChannel, transportRequestChannel, unsequenced } from '@strata/contract';
import type { TransportIndication, TransportRequest } from '@strata/transport';
import { SUPER_SEGMENT_DATA_OCTETS } from '@strata/wire';
import type { BusPortOptions } from './port-options.ts';
import type { TransportPort } from './transport-port.ts';

/**
 * The way to transport over a lossless bus. It carries requests and indications as they are,
 * without a session. Such a bus is inside one process, so neither side can restart alone.
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
    // Credits limit how many indications can wait, so none may be dropped here.
    {
      keys: [endpoint],
      selects: (pdu) => pdu.endpoint === endpoint,
      maxPendingPdus: Number.POSITIVE_INFINITY,
      maxPendingOctets: Number.POSITIVE_INFINITY,
    },
  );
  return {
    // A whole super-segment: nothing is encoded here.
    maxPduOctets: SUPER_SEGMENT_DATA_OCTETS,
    send: (requests) => bus.publish(requestChannel, requests.map(wrap)),
    onIndications: (handler) => {
      deliver = handler;
    },
    close: async () => subscription.close(),
  };
}
