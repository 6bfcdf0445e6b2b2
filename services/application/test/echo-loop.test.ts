import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { networkIndicationChannel, networkRequestChannel } from '@strata/contract';
import { emitUdpHeader, PROTOCOL_UDP, parseIpv4 } from '@strata/wire';
import { CLIENT, type Pair, SERVER, startPair } from './pair.ts';

/** A forged datagram, from the client's echo service to the server's. */
function forge(pair: Pair, fromPort: number, toPort: number): void {
  const [source, destination] = [parseIpv4(CLIENT)!, parseIpv4(SERVER)!];
  const segment = new Uint8Array(8 + 4).fill(97);
  emitUdpHeader(segment, source, destination, fromPort, toPort);
  pair.bus.publish(networkIndicationChannel('server'), [
    {
      kind: 'segment',
      source,
      destination,
      protocol: PROTOCOL_UDP,
      ttl: 64,
      tos: 0,
      interfaceIndex: 1,
      cast: 'unicast',
      segment,
      segmentSize: 0,
      checksum: 'complete',
      trace: undefined,
    },
  ]);
}

/** Counts the datagrams that both stacks send. */
function countSent(pair: Pair): () => number {
  let sent = 0;
  for (const stack of ['server', 'client']) {
    pair.bus.subscribe(networkRequestChannel(stack), (batch) => {
      sent += batch.filter((request) => request.kind === 'send').length;
    });
  }
  return () => sent;
}

function unanswered({ application, clientApplication }: Pair): number {
  const counters = [application, clientApplication].map((running) => running?.counters?.());
  return counters.reduce((sum, each) => sum + (each?.['datagrams_unanswered'] ?? 0), 0);
}

/** Waits until this many datagrams got no answer. */
async function untilUnanswered(pair: Pair, count: number): Promise<void> {
  const deadlineMs = performance.now() + 4000;
  while (unanswered(pair) < count) {
    if (performance.now() > deadlineMs) throw new Error(`${unanswered(pair)} had no answer`);
    await setImmediate();
  }
}

/** Echoes one datagram: after that, all earlier datagrams have arrived. */
async function askEcho(pair: Pair, port: number): Promise<string> {
  const socket = pair.client.dgram.createSocket('udp4');
  socket.send('honest', port, SERVER);
  const [message] = await once(socket, 'message');
  socket.close();
  return String(message);
}

let pair: Pair;
afterEach(() => pair.stop());

describe('Two echo services over UDP, and a datagram forged from one to the other', () => {
  it('do not answer each other at all on the same port, whatever its number', async () => {
    pair = await startPair({ echo: { port: 1007 }, clientEcho: { port: 1007 } });
    const sent = countSent(pair);
    forge(pair, 1007, 1007);
    await untilUnanswered(pair, 1);
    expect(await askEcho(pair, 1007)).toBe('honest');
    expect(sent()).toBe(2);
  });

  it('stop after 999 datagrams of each on two ports, and answer others as before', async () => {
    pair = await startPair({ echo: { port: 1007 }, clientEcho: { port: 1008 } });
    const sent = countSent(pair);
    forge(pair, 1008, 1007);
    await untilUnanswered(pair, 1);
    expect(sent()).toBe(2 * 999);
    expect(await askEcho(pair, 1007)).toBe('honest');
    expect(sent()).toBe(2 * 999 + 2);
  });
});

describe('The echo service over UDP', () => {
  it('does not answer a broadcast', async () => {
    pair = await startPair();
    const sent = countSent(pair);
    const socket = pair.client.dgram.createSocket('udp4');
    socket.setBroadcast(true);
    socket.send('all', 7, '192.0.2.255');
    await untilUnanswered(pair, 1);
    expect(await askEcho(pair, 7)).toBe('honest');
    expect(sent()).toBe(3);
    socket.close();
  });
});
