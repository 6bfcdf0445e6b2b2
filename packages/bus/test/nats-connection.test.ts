import { type Bus, connectNats } from '@strata/bus';
import { freePort, NatsServer, startNatsServer, until } from '@strata/conformance';
import { type Channel, linkRequestChannel } from '@strata/contract';
import { type IpAddress, ipv4Address, ipv4Bits } from '@strata/wire';

const channel = linkRequestChannel('nats-test');
type LinkRequest = ReturnType<typeof channel.decode>[number];

/** Not an IPv4 packet, so its shard is 0. Its next hop marks it. */
function packet(mark: IpAddress, octets = 100): LinkRequest {
  return {
    interfaceIndex: 1,
    etherType: 0x0806,
    cast: 'unicast',
    nextHop: mark,
    segmentSize: 0,
    checksum: 'complete',
    trace: undefined,
    packet: new Uint8Array(octets),
    headroomOctets: 0,
  };
}

const servers: NatsServer[] = [];
const buses: Bus[] = [];

async function start(): Promise<NatsServer> {
  const server = await startNatsServer();
  servers.push(server);
  return server;
}

async function connectTo(
  server: { readonly url: string },
  more: Partial<Parameters<typeof connectNats>[0]> = {},
): Promise<Bus> {
  const bus = await connectNats({ servers: server.url, name: 'test', retryDelayMs: 20, ...more });
  buses.push(bus);
  return bus;
}

/** The marks of the packets that arrive, in order. */
function marks(bus: Bus): number[] {
  const got: number[] = [];
  bus.subscribe(channel, (batch) => got.push(...batch.map(({ nextHop }) => ipv4Bits(nextHop))));
  return got;
}

afterEach(async () => {
  await Promise.all(buses.splice(0).map((bus) => bus.close()));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

describe('connecting to NATS', () => {
  it('waits for a server that has not started yet', async () => {
    const server = new NatsServer({ port: await freePort() });
    servers.push(server);
    let attempts = 0;
    const connecting = connectTo(server, {
      onWaiting: (error, attempt) => {
        expect(error).toBeInstanceOf(Error);
        attempts = attempt;
      },
    });
    await until('two attempts', () => attempts >= 2);
    await server.start();
    const bus = await connecting;
    expect(bus.status).toBe('connected');
    expect(bus.lossless).toBe(false);
  });

  it('gives up after connectTimeoutMs, if it is set', async () => {
    const nowhere = { url: `nats://127.0.0.1:${await freePort()}` };
    await expect(connectTo(nowhere, { connectTimeoutMs: 100 })).rejects.toMatchObject({
      name: 'BusError',
      code: 'BUS_CONNECT',
      message: expect.stringContaining(nowhere.url),
    });
  });

  it('stops waiting when its signal aborts', async () => {
    const controller = new AbortController();
    const connecting = connectTo(
      { url: `nats://127.0.0.1:${await freePort()}` },
      { signal: controller.signal, onWaiting: () => controller.abort(), retryDelayMs: 60_000 },
    );
    await expect(connecting).rejects.toMatchObject({ name: 'BusError', code: 'BUS_CLOSED' });
  });
});

describe('a server that restarts', () => {
  it('is reported; PDUs published meanwhile are dropped and counted; delivery resumes', async () => {
    const server = await start();
    const [sender, receiver] = await Promise.all([connectTo(server), connectTo(server)]);
    const statuses: string[] = [];
    sender.onStatus((status) => statuses.push(status));
    const got = marks(receiver);
    await receiver.flush();
    sender.publish(channel, [packet(ipv4Address(1))]);
    await until('the first PDU', () => got.length === 1);

    await server.halt();
    await until('the loss', () => sender.status === 'disconnected');
    sender.publish(channel, [packet(ipv4Address(2)), packet(ipv4Address(3))]);
    await sender.flush();
    expect(sender.counters()).toMatchObject({ published: 3, droppedDisconnected: 2 });
    await expect(sender.request('nats-test.any', Uint8Array.of(), 50)).rejects.toMatchObject({
      code: 'BUS_TIMEOUT',
    });

    await server.start();
    await until('both', () => sender.status === 'connected' && receiver.status === 'connected');
    await receiver.flush();
    sender.publish(channel, [packet(ipv4Address(4))]);
    await until('a PDU again', () => got.length === 2);
    expect(got).toEqual([1, 4]);
    expect(statuses).toEqual(['disconnected', 'connected']);
  });

  it('keeps its services: they answer again, and a request waits for the connection', async () => {
    const server = await start();
    const bus = await connectTo(server);
    bus.serve({
      name: 'echo',
      version: '1.0.0',
      description: 'Echoes',
      metadata: {},
      endpoints: { echo: { subject: 'nats-test.echo', handler: (body) => body } },
    });
    await server.halt();
    await until('the loss', () => bus.status === 'disconnected');
    const asked = bus.request('nats-test.echo', Uint8Array.of(7), 5000);
    await server.start();
    expect([...(await asked)]).toEqual([7]);
  });

  it('does not stop the bus from closing while it is away', async () => {
    const server = await start();
    const bus = await connectTo(server);
    await server.halt();
    await until('the loss', () => bus.status === 'disconnected');
    await bus.drain();
    expect(bus.status).toBe('closed');
  });
});

describe('messages', () => {
  /** The channel, which also records the sizes of the batches that it encodes. */
  function counting(sizes: number[]): Channel<LinkRequest> {
    return {
      ...channel,
      encode: (batch) => {
        sizes.push(batch.length);
        return channel.encode(batch);
      },
    };
  }

  it('are of at most 16 KB, and a larger PDU goes alone', async () => {
    const server = await start();
    const bus = await connectTo(server);
    const got = marks(bus);
    await bus.flush();
    const sizes: number[] = [];
    const sent = [
      ...Array.from({ length: 24 }, (_, index) => packet(ipv4Address(index), 1500)),
      packet(ipv4Address(24), 60_000),
      packet(ipv4Address(25), 1500),
    ];
    bus.publish(counting(sizes), sent);
    await until('all', () => got.length === 26);
    expect(got).toEqual(sent.map(({ nextHop }) => nextHop));
    expect(sizes).toEqual([10, 10, 4, 1, 1]);
  });

  it('too large for the server are dropped and counted, and the connection stays', async () => {
    const server = await start();
    const bus = await connectTo(server);
    const got = marks(bus);
    await bus.flush();
    bus.publish(channel, [packet(ipv4Address(1), 2_000_000)]);
    bus.publish(channel, [packet(ipv4Address(2))]);
    await until('the second', () => got.length === 1);
    expect(got).toEqual([2]);
    expect(bus.counters().droppedTooLarge).toBe(1);
  });

  it('beyond maxInFlightOctets are dropped and counted', async () => {
    const server = await start();
    const bus = await connectTo(server, { maxInFlightOctets: 512 * 1024 });
    const got = marks(bus);
    await bus.flush();
    // All in one turn of the event loop, so that the server cannot have received any of it.
    for (let count = 0; count < 100; count++)
      bus.publish(channel, [packet(ipv4Address(count), 15_000)]);
    await bus.flush();
    const { droppedCongested } = bus.counters();
    expect(droppedCongested).toBeGreaterThan(50);
    await until('the rest', () => got.length === 100 - droppedCongested);
    bus.publish(channel, [packet(ipv4Address(1000))]);
    await until('another', () => got.at(-1) === 1000);
  });
});

describe('a service', () => {
  it('follows the micro-service convention: PING, INFO and STATS by all, name and id', async () => {
    const server = await start();
    const bus = await connectTo(server);
    const service = bus.serve({
      name: 'strata-link',
      version: '1.2.3',
      description: 'The link layer',
      metadata: { stack: 'server' },
      endpoints: {
        echo: { subject: 'nats-test.echo', handler: (body) => body },
        fail: {
          subject: 'nats-test.fail',
          handler: () => {
            throw new Error('first line\nsecond line');
          },
        },
      },
    });
    await bus.flush();
    const ask = async (subject: string) =>
      JSON.parse(new TextDecoder().decode(await bus.request(subject, Uint8Array.of(), 2000)));
    const ping = await ask('$SRV.PING');
    expect(ping).toEqual({
      type: 'io.nats.micro.v1.ping_response',
      name: 'strata-link',
      id: expect.any(String),
      version: '1.2.3',
      metadata: { stack: 'server' },
    });
    await bus.request('nats-test.echo', Uint8Array.of(1), 2000);
    await expect(bus.request('nats-test.fail', Uint8Array.of(), 2000)).rejects.toMatchObject({
      code: 'BUS_REMOTE',
      message: 'first line second line',
    });
    expect(await ask('$SRV.INFO.strata-link')).toMatchObject({
      type: 'io.nats.micro.v1.info_response',
      id: ping.id,
      description: 'The link layer',
      endpoints: [
        { name: 'echo', subject: 'nats-test.echo', queue_group: 'q' },
        { name: 'fail', subject: 'nats-test.fail', queue_group: 'q' },
      ],
    });
    expect(await ask(`$SRV.STATS.strata-link.${ping.id}`)).toMatchObject({
      type: 'io.nats.micro.v1.stats_response',
      started: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      endpoints: [
        { name: 'echo', num_requests: 1, num_errors: 0, last_error: '' },
        { name: 'fail', num_requests: 1, num_errors: 1, last_error: 'first line\nsecond line' },
      ],
    });
    await service.stop();
    await expect(bus.request('$SRV.PING', Uint8Array.of(), 2000)).rejects.toMatchObject({
      code: 'BUS_NO_RESPONDERS',
    });
  });

  it('answers with an error if its reply is too large for the server', async () => {
    const server = await start();
    const bus = await connectTo(server);
    const handler = () => new Uint8Array(2_000_000);
    bus.serve({
      name: 'large',
      version: '1.0.0',
      description: 'Says too much',
      metadata: {},
      endpoints: { large: { subject: 'nats-test.large', handler } },
    });
    await bus.flush();
    await expect(bus.request('nats-test.large', Uint8Array.of(), 2000)).rejects.toMatchObject({
      code: 'BUS_REMOTE',
    });
  });
});
