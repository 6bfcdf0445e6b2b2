import { once } from 'node:events';
import { MemoryBus } from '@strata/bus';
import { type Channel, networkIndicationChannel, networkRequestChannel } from '@strata/contract';
import type { NetworkSegmentIndication } from '@strata/network';
import { SILENT } from '@strata/runtime';
import { validateConfig } from '@strata/runtime/config';
import { createStack } from '@strata/sockets';
import type { SocketEntry } from '@strata/transport';
import { ipv4Address, joinTail } from '@strata/wire';
import { startTransport } from '../src/index.ts';

const ADDRESS = ipv4Address(0xc0000202);
const PEER = ipv4Address(0xc0000201);
const SEED = Number(process.env['STRATA_SEED'] ?? 5);

/** A bus that says it may lose PDUs, and does: one in ten between transport and application. */
class LossyBus extends MemoryBus {
  override readonly lossless = false as never;
  lost = 0;
  #state = SEED >>> 0;

  override publish<Pdu>(channel: Channel<Pdu>, pdus: readonly Pdu[]): void {
    if (!channel.subject.includes('.ta.')) super.publish(channel, pdus);
    else {
      const kept = pdus.filter(() => !this.#loses());
      this.lost += pdus.length - kept.length;
      super.publish(channel, kept);
    }
  }

  #loses(): boolean {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return this.#state / 2 ** 32 < 0.1;
  }
}

const CONFIG = validateConfig(
  {
    wires: { lan: {} },
    stacks: { server: { interfaces: [{ wire: 'lan', addresses: ['192.0.2.2/24'] }] } },
  },
  'the test',
);

/** A datagram from PEER to port 7 that holds its number, padded to 100 octets. */
function datagram(number: number): NetworkSegmentIndication {
  const segment = new Uint8Array(108);
  const view = new DataView(segment.buffer);
  for (const [at, value] of [40000, 7, 108].entries()) view.setUint16(2 * at, value);
  view.setUint16(8, number);
  return {
    kind: 'segment',
    source: PEER,
    destination: ADDRESS,
    protocol: 17,
    ttl: 64,
    tos: 0,
    cast: 'unicast',
    interfaceIndex: 1,
    segmentSize: 0,
    checksum: 'verified',
    header: undefined,
    trace: undefined,
    segment,
  };
}

describe(`Transport and sockets on a bus that loses a tenth of their PDUs (seed ${SEED})`, () => {
  it('lose nothing: the session layer sends again what is missing', async () => {
    const bus = new LossyBus();
    bus.subscribe(networkRequestChannel('server'), (batch) => {
      const back = batch.flatMap((request): NetworkSegmentIndication[] =>
        request.kind === 'send' && request.destination === ADDRESS
          ? [
              {
                ...request,
                segment: joinTail(request.segment, request.tail),
                tail: undefined,
                kind: 'segment',
                ttl: 64,
                interfaceIndex: 0,
                cast: 'unicast',
              },
            ]
          : [],
      );
      if (back.length > 0) bus.publish(networkIndicationChannel('server'), back);
    });
    const service = await startTransport({ bus, config: CONFIG, stack: 'server', log: SILENT });
    const stack = createStack({ bus, stack: 'server' });
    const listener = stack.net.createServer({ allowHalfOpen: true }, (far) => far.pipe(far));
    await once(listener.listen(7), 'listening');

    const sent = Buffer.from(Array.from({ length: 400_000 }, (_, i) => (i * 7 + (i >>> 8)) & 255));
    const socket = stack.net.connect(7, '192.0.2.2');
    socket.end(sent);
    const pieces: Buffer[] = [];
    const infos: Promise<SocketEntry>[] = [];
    for await (const piece of socket) {
      pieces.push(piece);
      if (infos.length < 20) infos.push(socket.getTcpInfo());
    }
    expect(Buffer.concat(pieces).equals(sent)).toBe(true);
    for (const info of infos) expect((await info).socket).toBe(socket.socketId);
    expect(bus.lost).toBeGreaterThan(3);

    listener.close();
    await stack.close(30_000);
    expect(stack.openSockets).toBe(0);
    await service.stop();
    await bus.close();
  }, 60_000);

  it('hand up each datagram that the credit covers: one that was lost would take its credit with it', async () => {
    const bus = new LossyBus();
    const service = await startTransport({ bus, config: CONFIG, stack: 'server', log: SILENT });
    const stack = createStack({ bus, stack: 'server', receiveWindowOctets: 1000 });
    const socket = stack.dgram.createSocket('udp4');
    const numbers: number[] = [];
    socket.on('message', (data: Buffer) => numbers.push(data.readUInt16BE(0)));
    await once(socket.bind(7), 'listening');

    const sent = Array.from({ length: 200 }, (_, number) => number);
    bus.publish(networkIndicationChannel('server'), sent.map(datagram));
    const deadlineMs = performance.now() + 20_000;
    while (numbers.length < sent.length && performance.now() < deadlineMs) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(numbers).toEqual(sent);
    expect(bus.lost).toBeGreaterThan(3);

    socket.close();
    await stack.close(30_000);
    await service.stop();
    await bus.close();
  }, 60_000);
});
