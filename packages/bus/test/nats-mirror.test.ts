import { connect, type NatsConnection } from '@nats-io/transport-node';
import { type Bus, connectNats } from '@strata/bus';
import { type NatsServer, startNatsServer, until } from '@strata/conformance';
import {
  type CapturedFrame,
  captureChannel,
  decodeObserved,
  encodeWatch,
  linkRequestChannel,
  type Observed,
  observedSubject,
  watchSubject,
} from '@strata/contract';
import { ipv4Address, ipv4Bits } from '@strata/wire';

const channel = linkRequestChannel('mirror-test');
type LinkRequest = ReturnType<typeof channel.decode>[number];

function packet(mark: number): LinkRequest {
  return {
    interfaceIndex: 1,
    etherType: 0x0806,
    cast: 'unicast',
    nextHop: ipv4Address(mark),
    segmentSize: 0,
    checksum: 'complete',
    trace: undefined,
    packet: new Uint8Array(10_000),
    headroomOctets: 0,
  };
}

let server: NatsServer;
let bus: Bus;
let viewer: NatsConnection;
let seen: Observed[];

beforeAll(async () => {
  server = await startNatsServer();
});

afterAll(() => server.stop());

beforeEach(async () => {
  bus = await connectNats({ servers: server.url, name: 'publisher' });
  viewer = await connect({ servers: server.url });
  seen = [];
  viewer.subscribe(observedSubject('eye'), {
    callback: (_error, { data }) => void seen.push(decodeObserved(data)),
  });
});

afterEach(async () => {
  await Promise.all([bus.close(), viewer.close()]);
});

function watch(leaseMs: number, taken: ReadonlyMap<string, number> = new Map()): void {
  const subjects = [channel.subject, captureChannel('mirror-test').subject];
  viewer.publish(watchSubject(), encodeWatch({ viewer: 'eye', leaseMs, subjects, taken }));
}

/** Publishes this many packets, one per message, each in its own turn. */
async function publish(count: number): Promise<void> {
  for (let mark = 1; mark <= count; mark++) {
    bus.publish(channel, [packet(mark)]);
    if (mark % 20 === 0) await bus.flush();
  }
  await bus.flush();
}

const batches = () => seen.filter(({ subject }) => subject !== '');

describe('a viewer', () => {
  it('that acknowledges nothing gets 1 MiB, and learns how many PDUs it has missed', async () => {
    watch(60_000);
    await until('the answer', () => seen.length === 1);
    await publish(300);
    await viewer.flush();
    const octets = batches().reduce((sum, { batch }) => sum + batch.byteLength, 0);
    expect(octets).toBeGreaterThan(1024 * 1024 - 20_000);
    expect(octets).toBeLessThan(1024 * 1024 + 20_000);
    const gotBefore = batches().length;

    // It acknowledges what it has. It learns what it has missed, and gets more.
    const { publisher, octets: taken } = batches().at(-1)!;
    const before = seen.length;
    watch(60_000, new Map([[publisher, taken]]));
    await until('the answer', () => seen.length > before);
    expect(seen.at(-1)).toMatchObject({ passed: 300, subject: '' });
    await publish(5);
    await until('more', () => batches().length === gotBefore + 5);
    expect(seen.at(-1)!.passed).toBe(305);
  });

  it('gets nothing more when it leaves or its lease ends', async () => {
    watch(60_000);
    await until('the answer', () => seen.length === 1);
    watch(0);
    await viewer.flush();
    await bus.flush();
    await publish(3);
    await viewer.flush();
    expect(batches()).toEqual([]);
    // A viewer that comes back is counted from 0 again.
    watch(20);
    await until('the answer', () => seen.length === 2);
    expect(seen[1]).toMatchObject({ passed: 0, octets: 0 });
    await until('the lease has ended', async () => {
      const before = batches().length;
      bus.publish(channel, [packet(1)]);
      await bus.flush();
      await viewer.flush();
      return batches().length === before;
    });
  });

  it('gets the frames of captures, and subscribers do not', async () => {
    const other: string[] = [];
    viewer.subscribe('strata.v1.*.capture.>', {
      callback: (_error, { subject }) => void other.push(subject),
    });
    const frame: CapturedFrame = {
      interfaceIndex: 1,
      interfaceName: 'eth0',
      direction: 'in',
      timestampUs: 1,
      frame: new Uint8Array(60),
      originalOctets: 60,
      dropReason: undefined,
      segmentSize: 0,
      checksum: 'complete',
    };
    watch(60_000);
    await until('the answer', () => seen.length === 1);
    bus.publish(captureChannel('mirror-test'), [frame, { ...frame, interfaceIndex: 2 }]);
    await until('both', () => batches().length === 2);
    expect(batches().map(({ subject }) => subject)).toEqual([
      'strata.v1.mirror-test.capture.frame.1',
      'strata.v1.mirror-test.capture.frame.2',
    ]);
    await viewer.flush();
    expect(other).toEqual([]);
  });
});

describe('an observation', () => {
  it('counts the PDUs that it was too slow for, and goes on', async () => {
    const shown: number[] = [];
    const observation = bus.observe([channel], (_subject, _key, pdus) => {
      for (const pdu of pdus as LinkRequest[]) shown.push(ipv4Bits(pdu.nextHop));
    });
    await observation.ready;
    // All in one turn of the event loop: the viewer cannot acknowledge anything meanwhile.
    for (let mark = 1; mark <= 300; mark++) bus.publish(channel, [packet(mark)]);
    await bus.flush();
    await until('it knows what it has missed', () => shown.length + observation.missed() === 300);
    expect(observation.missed()).toBeGreaterThan(150);
    expect(shown).toEqual(Array.from(shown, (_, index) => index + 1));
    bus.publish(channel, [packet(1000)]);
    await until('another', () => shown.at(-1) === 1000);
    observation.stop();
  });
});
