import { once } from 'node:events';
import { createStack } from '@strata/sockets';
import type { IperfFigures, IperfInterval, IperfOptions, ToolEvent } from '../src/index.ts';
import { Control } from '../src/iperf/control.ts';
import { iperfSchema } from '../src/iperf/options.ts';
import { fromJson, parametersOf, toJson } from '../src/iperf/parameters.ts';
import { STATE, streamId } from '../src/iperf/protocol.ts';
import { UdpReceiver } from '../src/iperf/udp-stream.ts';
import { type Pair, startPair } from './support/pair.ts';
import { run } from './support/run.ts';

const SERVER = '192.0.2.2';

interface End {
  readonly streams: readonly { sender: IperfFigures; receiver: IperfFigures; udp: IperfFigures }[];
  readonly sum_sent: IperfFigures;
  readonly sum_received: IperfFigures;
  readonly sum_sent_bidir_reverse?: IperfFigures;
}

let pair: Pair;
beforeAll(async () => {
  pair = await startPair();
});
afterAll(() => pair.stop());

let nextPort = 5201;

/** A test between our server and our client; the ends that both tell, and the client's events. */
async function test(options: Partial<IperfOptions>): Promise<{
  readonly end: End;
  readonly serverEnd: End;
  readonly events: readonly ToolEvent[];
}> {
  nextPort += 1;
  const port = nextPort;
  const server = run(pair, 'server', 'iperf', { port, oneOff: true });
  await server.event('listening');
  const client = run(pair, 'client', 'iperf', { host: SERVER, port, ...options });
  expect(await client.status).toBe(0);
  expect(await server.status).toBe(0);
  const endIn = async (one: typeof client) => (await one.event('end'))['end'] as End;
  return { end: await endIn(client), serverEnd: await endIn(server), events: client.events };
}

describe('A test by iperf', () => {
  it('sends by TCP for a time, and tells each interval', async () => {
    const { end, serverEnd, events } = await test({ seconds: 0.5, intervalSeconds: 0.2 });
    const [stream] = end.streams;
    expect(stream!.sender.bytes).toBeGreaterThan(100_000);
    expect(stream!.sender.seconds).toBeGreaterThanOrEqual(0.49);
    expect(stream!.sender.retransmits).toBeGreaterThanOrEqual(0);
    // Each side has the other's count.
    expect(stream!.receiver.bytes).toBe(serverEnd.streams[0]!.receiver.bytes);
    expect(stream!.sender.bytes).toBe(serverEnd.streams[0]!.sender.bytes);
    const intervals = events.filter(({ kind }) => kind === 'interval');
    const all = intervals.map(({ interval }) => (interval as IperfInterval).streams[0]!);
    expect(all.length).toBeGreaterThanOrEqual(2);
    expect(all.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(stream!.sender.bytes);
    expect(all[0]!.snd_cwnd).toBeGreaterThan(1000);
    expect(all[0]!.rtt).toBeGreaterThan(0);
  });

  it('sends a number of octets, and none more', async () => {
    const { end } = await test({ octets: 1_000_001, parallel: 2 });
    expect(end.sum_sent.bytes).toBe(1_000_001);
    expect(end.streams).toHaveLength(2);
  });

  it('sends a number of blocks', async () => {
    const { end } = await test({ blocks: 7, blockOctets: 1000, udp: true, bitsPerSecond: 1e7 });
    expect(end.streams[0]!.udp).toMatchObject({ bytes: 7000, packets: 7, lost_packets: 0 });
  });

  it('receives in the reverse', async () => {
    const { end } = await test({ seconds: 0.3, reverse: true });
    const [stream] = end.streams;
    expect(stream!.receiver.bytes).toBeGreaterThan(100_000);
    expect(stream!.sender.bytes).toBeGreaterThanOrEqual(stream!.receiver.bytes);
    expect(stream!.sender.retransmits).toBeGreaterThanOrEqual(0);
  });

  it('sends both ways', async () => {
    const { end } = await test({ seconds: 0.3, bidirectional: true });
    expect(end.streams).toHaveLength(2);
    expect(end.sum_received.bytes).toBeGreaterThan(10_000);
    expect(end.sum_sent_bidir_reverse!.bytes).toBeGreaterThan(10_000);
  });

  it.each([false, true])('sends datagrams at a rate, reverse: %s', async (reverse) => {
    const rate = 4_000_000;
    const { end } = await test({ seconds: 0.5, udp: true, bitsPerSecond: rate, reverse });
    const { udp } = end.streams[0]!;
    expect(udp.bits_per_second).toBeGreaterThan(rate * 0.7);
    expect(udp.bits_per_second).toBeLessThan(rate * 1.3);
    expect(udp.lost_packets).toBe(0);
    expect(udp.packets).toBeGreaterThan(100);
    expect(udp.jitter_ms).toBeGreaterThan(0);
  });

  it('leaves what is omitted out of the figures', async () => {
    const rate = { seconds: 0.4, omitSeconds: 0.4, intervalSeconds: 0.2, bitsPerSecond: 8_000_000 };
    const { end, events } = await test(rate);
    const intervals = events.filter(({ kind }) => kind === 'interval');
    const omitted = intervals.map(
      ({ interval }) => (interval as IperfInterval).streams[0]!.omitted,
    );
    expect(omitted).toEqual([true, true, false, false]);
    expect(end.sum_sent.seconds).toBeLessThan(0.6);
    expect(end.sum_sent.bytes).toBeLessThan(600_000);
  });

  it('refuses a second client while a test runs, and goes on', async () => {
    const server = run(pair, 'server', 'iperf', { port: 5300 });
    await server.event('listening');
    const first = run(pair, 'client', 'iperf', { host: SERVER, port: 5300, seconds: 0.5 });
    await first.event('start');
    const second = run(pair, 'client', 'iperf', { host: SERVER, port: 5300 });
    await expect(second.status).rejects.toThrow(
      'iperf3: error - the server is busy running a test. try again later',
    );
    expect(await first.status).toBe(0);
    server.cancel();
    expect(await server.status).toBe(1);
  });

  it.each(['client', 'server'])(
    'is cancelled by its %s: both end',
    async (who) => {
      nextPort += 1;
      const server = run(pair, 'server', 'iperf', { port: nextPort, oneOff: true });
      await server.event('listening');
      const client = run(pair, 'client', 'iperf', { host: SERVER, port: nextPort });
      await Promise.all([client.event('interval'), server.event('interval')]);
      (who === 'client' ? client : server).cancel();
      const [ofServer, ofClient] = await Promise.allSettled([server.status, client.status]);
      expect(ofServer).toEqual({ status: 'fulfilled', value: 1 });
      expect(ofClient.status).toBe(who === 'client' ? 'fulfilled' : 'rejected');
      // What there was is still shown.
      for (const one of [server, client]) {
        expect(await one.event('end')).toMatchObject({ cut: true });
      }
    },
    15_000,
  );

  it('says that no server is there', async () => {
    const client = run(pair, 'client', 'iperf', { host: SERVER, port: 8 });
    await expect(client.status).rejects.toThrow(
      'iperf3: error - unable to connect to server: Connection refused: is iperf -s running at 192.0.2.2:8?',
    );
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['no cookie', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['no JSON', Buffer.concat([Buffer.alloc(37, 97), Buffer.from([0, 0, 0, 2, 123, 123])])],
    ['JSON without end', Buffer.concat([Buffer.alloc(37, 97), Buffer.alloc(4, 255)])],
    ['too many streams', withJson('{"tcp":true,"time":1,"parallel":1000}')],
    ['a wrong size', withJson('{"tcp":true,"time":1,"len":-1}')],
  ])('survives a client that sends %s', async (_what, bytes) => {
    nextPort += 1;
    const port = nextPort;
    const server = run(pair, 'server', 'iperf', { port });
    await server.event('listening');
    const stack = createStack({ bus: pair.bus, stack: 'client' });
    const socket = stack.net.connect(port, SERVER);
    socket.on('error', () => undefined).resume();
    await once(socket, 'connect');
    socket.end(bytes);
    await once(socket, 'close');
    await stack.close();
    const client = run(pair, 'client', 'iperf', { host: SERVER, port, octets: 1000 });
    expect(await client.status).toBe(0);
    server.cancel();
    await server.status;
  });
});

describe('The server of a test', () => {
  // From TEST_END on, a receiving iperf3 waits for whole blocks of data. Its blocks need not begin
  // where the server's do: then only the end of the stream ends the last one.
  it.each([
    ['sends', true],
    ['receives', false],
  ])(
    'that %s ends its connections at TEST_END, and not only after the results',
    async (_what, reverse) => {
      nextPort += 1;
      const server = run(pair, 'server', 'iperf', { port: nextPort, oneOff: true });
      await server.event('listening');
      const stack = createStack({ bus: pair.bus, stack: 'client' });
      const cookie = Buffer.concat([Buffer.alloc(36, 'c'), Buffer.of(0)]);
      const connect = async () => {
        const socket = stack.net.connect({ port: nextPort, host: SERVER, allowHalfOpen: true });
        await once(socket, 'connect');
        // A failed test leaves it open.
        socket.on('error', () => undefined);
        socket.write(cookie);
        return socket;
      };
      const control = new Control(await connect());
      expect(await control.state()).toBe(STATE.parameterExchange);
      control.sendJson({ tcp: true, time: 1, len: 131_072, parallel: 1, reverse });
      expect(await control.state()).toBe(STATE.createStreams);
      const data = (await connect()).resume();
      expect(await control.state()).toBe(STATE.testStart);
      expect(await control.state()).toBe(STATE.testRunning);
      if (reverse) await once(data, 'data');
      const ended = once(data, 'end', { signal: AbortSignal.timeout(3000) });
      control.sendState(STATE.testEnd);
      await ended;
      expect(await control.state()).toBe(STATE.exchangeResults);
      control.sendJson({ streams: [] });
      await control.readJson();
      expect(await control.state()).toBe(STATE.displayResults);
      control.sendState(STATE.done);
      expect(await server.status).toBe(0);
      await stack.close();
    },
  );
});

function withJson(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([Buffer.alloc(37, 97), length, Buffer.from(text)]);
}

describe('The parameters of a test', () => {
  it('are what iperf3 3.12 sends', () => {
    const options = iperfSchema.parse({ host: SERVER, seconds: 2, parallel: 2 });
    expect(JSON.stringify(toJson(parametersOf(options, 1448)))).toBe(
      '{"tcp":true,"omit":0,"time":2,"num":0,"blockcount":0,"parallel":2,"len":131072,"pacing_timer":1000,"client_version":"3.12"}',
    );
    const udp = iperfSchema.parse({ host: SERVER, udp: true, bitsPerSecond: 1e7, seconds: 2 });
    expect(JSON.stringify(toJson(parametersOf(udp, 32_768)))).toBe(
      '{"udp":true,"omit":0,"time":2,"num":0,"blockcount":0,"parallel":1,"len":32768,"bandwidth":10000000,"pacing_timer":1000,"client_version":"3.12"}',
    );
  });

  it('are read as iperf3 sends them, with its defaults for what is absent', () => {
    expect(fromJson({ tcp: true, time: 5, bidirectional: true, MSS: 1000 })).toMatchObject({
      udp: false,
      seconds: 5,
      parallel: 1,
      bidirectional: true,
      reverse: false,
      blockOctets: 131_072,
      maximumSegmentSize: 1000,
    });
    expect(() => fromJson({ sctp: true })).toThrow('SCTP');
  });

  it('name streams 1, 3, 4, 5', () => {
    expect([0, 1, 2, 3].map(streamId)).toEqual([1, 3, 4, 5]);
  });
});

describe('Datagrams that are received', () => {
  it('are lost where numbers are missing, and out of order where they come late', () => {
    const end = { address: SERVER, port: 1 };
    const options = iperfSchema.parse({ host: SERVER, udp: true });
    const receiver = new UdpReceiver({ local: end, remote: end }, parametersOf(options, 0));
    for (const number of [1, 2, 5, 4, 6, 9]) {
      const data = Buffer.alloc(100);
      data.writeUInt32BE(number, 8);
      receiver.receive(data);
    }
    expect(receiver.counts()).toMatchObject({ octets: 600, packets: 9, lost: 3, outOfOrder: 1 });
  });
});
