import type { Bus } from '@strata/bus';
import {
  type SessionPdu,
  type TransportHello,
  transportHelloChannel,
  transportIndicationChannel,
  transportRequestChannel,
} from '@strata/contract';
import {
  APPLICATION_RULES,
  type Clock,
  Driver,
  type Logger,
  Sessions,
  SILENT,
} from '@strata/runtime';
import type { TransportIndication, TransportRequest } from '@strata/transport';
import { SUPER_SEGMENT_DATA_OCTETS } from '@strata/wire';
import { servePresence } from './presence.ts';
import type { TransportPort } from './transport-port.ts';

/** Octets of data in one request where it is encoded: what suits NATS. In one process it is a whole super-segment. */
const NATS_PDU_OCTETS = 16384;

export interface BusPortOptions {
  readonly bus: Bus;
  /** Name of the stack whose transport it talks to. */
  readonly stack: string;
  /** Name of this application instance. */
  readonly endpoint: string;
  /**
   * A name, 1 to 128 octets, that the program has at each start: where one that had it is gone, transport gives up all that it still
   * holds for that one as soon as this one appears. Default: none.
   */
  readonly instance?: string | undefined;
  /** Default: says nothing. */
  readonly log?: Logger | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
}

/** The way to transport over the bus, with a session for each socket that makes up for what the bus loses. */
export function createBusPort(options: BusPortOptions): TransportPort {
  const { bus, endpoint } = options;
  const requests = transportRequestChannel(options.stack);
  const sessions = new Sessions<TransportRequest, TransportIndication>({
    rules: APPLICATION_RULES,
    lossless: bus.lossless,
  });
  let deliver: (indication: TransportIndication) => void = () => {};

  const flush = (): void => {
    for (;;) {
      const delivery = sessions.pollDelivery();
      if (delivery === undefined) break;
      deliver(delivery.body);
    }
    for (let lost = sessions.pollLost(); lost !== undefined; lost = sessions.pollLost()) {
      const { socket } = lost;
      const detail = 'transport does not answer';
      deliver({ kind: 'closed', socket, endpoint, reason: 'timed out', detail });
    }
    const pdus: SessionPdu<TransportRequest>[] = [];
    for (let pdu = sessions.pollPdu(); pdu !== undefined; pdu = sessions.pollPdu()) pdus.push(pdu);
    if (pdus.length > 0) bus.publish(requests, pdus);
  };

  const driver = new Driver({
    name: `sockets ${options.stack}`,
    machine: sessions,
    flush,
    log: options.log ?? SILENT,
    clock: options.clock,
  });
  const subscription = bus.subscribe(
    transportIndicationChannel(options.stack),
    (batch) => driver.batch('indication', batch, (pdu, nowMs) => sessions.handle(pdu, nowMs)),
    // The credits bound what can come: nothing here may be dropped.
    {
      keys: [endpoint],
      selects: (pdu) => pdu.endpoint === endpoint,
      maxPendingPdus: Number.POSITIVE_INFINITY,
      maxPendingOctets: Number.POSITIVE_INFINITY,
    },
  );
  let incarnation = 0;
  const handleHello = (batch: TransportHello[]) => {
    const before = incarnation;
    incarnation = batch.at(-1)?.incarnation ?? before;
    if (incarnation !== before) driver.run((nowMs) => sessions.checkPeer(nowMs));
  };
  // On a bus that loses nothing all is one process: nobody there is gone or started anew alone.
  const hellos = bus.lossless
    ? undefined
    : bus.subscribe(transportHelloChannel(options.stack), handleHello);
  const presence = bus.lossless ? undefined : servePresence(options);
  const setConnected = (connected: boolean) =>
    driver.run((nowMs) => {
      if (connected) sessions.handleConnected(nowMs);
      else sessions.handleDisconnected();
    });
  if (bus.status !== 'connected') setConnected(false);
  const forgetStatus = bus.onStatus((status) => setConnected(status === 'connected'));

  return {
    maxPduOctets: bus.lossless ? SUPER_SEGMENT_DATA_OCTETS : NATS_PDU_OCTETS,
    send: (request) =>
      driver.run((nowMs) => sessions.send(endpoint, request.socket, request, nowMs)),
    onIndication: (handler) => {
      deliver = handler;
    },
    close: async () => {
      driver.settle();
      driver.stop();
      forgetStatus();
      subscription.close();
      hellos?.close();
      await presence?.stop();
      if (bus.status === 'connected') await bus.flush();
    },
  };
}
