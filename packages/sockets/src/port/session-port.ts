import {
  type SessionPdu,
  type TransportHello,
  transportHelloChannel,
  transportIndicationChannel,
  transportRequestChannel,
} from '@strata/contract';
import { APPLICATION_RULES, Driver, followBus, Sessions, SILENT } from '@strata/runtime';
import type { TransportIndication, TransportRequest } from '@strata/transport';
import type { BusPortOptions } from './port-options.ts';
import { servePresence } from './presence.ts';
import type { TransportPort } from './transport-port.ts';

/** Most octets of data in one request: a size that suits NATS. */
const NATS_PDU_OCTETS = 16384;

/**
 * The way to transport over a bus that can lose messages. Each socket has a session, which
 * retransmits lost messages.
 */
export function createSessionPort(options: BusPortOptions): TransportPort {
  const { bus, endpoint } = options;
  const requests = transportRequestChannel(options.stack);
  const sessions = new Sessions<TransportRequest, TransportIndication>({
    rules: APPLICATION_RULES,
  });
  let deliver: (indications: readonly TransportIndication[]) => void = () => {};

  const flush = (): void => {
    const indications: TransportIndication[] = [];
    for (let it = sessions.pollDelivery(); it !== undefined; it = sessions.pollDelivery()) {
      indications.push(it.body);
    }
    for (let lost = sessions.pollLost(); lost !== undefined; lost = sessions.pollLost()) {
      const { socket } = lost;
      const detail = 'transport does not answer';
      indications.push({ kind: 'closed', socket, endpoint, reason: 'timed out', detail });
    }
    if (indications.length > 0) deliver(indications);
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
    // Credits limit how many indications can wait, so none may be dropped here.
    {
      keys: [endpoint],
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
  const hellos = bus.subscribe(transportHelloChannel(options.stack), handleHello);
  const presence = servePresence(options);
  const forgetStatus = followBus(bus, driver, sessions);

  return {
    maxPduOctets: NATS_PDU_OCTETS,
    send: (requests) =>
      driver.run((nowMs) => {
        for (const request of requests) sessions.send(endpoint, request.socket, request, nowMs);
      }),
    onIndications: (handler) => {
      deliver = handler;
    },
    close: async () => {
      driver.settle();
      driver.stop();
      forgetStatus();
      subscription.close();
      hellos.close();
      await presence.stop();
      if (bus.status === 'connected') await bus.flush();
    },
  };
}
