import { MemoryBus } from '@strata/bus';
import {
  type SessionPdu,
  transportIndicationChannel,
  transportRequestChannel,
  unsequenced,
} from '@strata/contract';
import type { TransportIndication, TransportRequest } from '@strata/transport';
import { UNSPECIFIED_IPV4 } from '@strata/wire';
import { createBusPort } from '../src/port/bus-port.ts';

const listen = (socket: number): TransportRequest => ({
  kind: 'listen',
  socket,
  endpoint: 'app',
  local: { address: UNSPECIFIED_IPV4, port: socket },
  backlog: 1,
  options: {},
});

const listening = (socket: number): TransportIndication => ({
  kind: 'listening',
  socket,
  endpoint: 'app',
  local: { address: UNSPECIFIED_IPV4, port: socket },
});

describe('The way to transport over a lossless bus', () => {
  it('passes requests and indications as they are, a batch at a time, without a session', async () => {
    // Only sessions read a clock and set timers.
    const clock = {
      nowMs: () => {
        throw new Error('asked for the time');
      },
      after: () => {
        throw new Error('set a timer');
      },
    };
    const bus = new MemoryBus();
    const port = createBusPort({ bus, stack: 'server', endpoint: 'app', clock });
    const asked: SessionPdu<TransportRequest>[][] = [];
    bus.subscribe(transportRequestChannel('server'), (batch) => asked.push(batch), {
      selects: () => true,
    });
    const told: (readonly TransportIndication[])[] = [];
    port.onIndications((indications) => told.push(indications));

    const requests = [listen(1), listen(2), listen(3)];
    port.send(requests);
    const indications = [listening(1), listening(2)];
    bus.publish(
      transportIndicationChannel('server'),
      indications.map((it) => unsequenced('app', it)),
    );
    bus.publish(transportIndicationChannel('server'), [unsequenced('another', listening(3))]);
    await bus.settle();

    expect(asked).toEqual([requests.map((body) => unsequenced('app', body))]);
    expect(asked[0]!.map(({ body }) => body)).toEqual(requests);
    expect(told).toEqual([indications]);
    expect(told[0]![0]).toBe(indications[0]);
    await port.close();
    await bus.close();
  });
});
