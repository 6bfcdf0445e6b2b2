import {
  linkRequestChannel,
  networkIndicationChannel,
  transportIndicationChannel,
  transportRequestChannel,
} from '@strata/contract';
import type { TraceEvent } from '../src/index.ts';
import { Fixture, readLines } from './fixture.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = new Fixture();
  await fixture.start();
});

afterEach(() => fixture.stop());

const META = { segmentSize: 0, checksum: 'complete', trace: undefined } as const;

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

/** A UDP datagram from 192.0.2.3:5000 to 192.0.2.2:7, `hi`, its packet and its frame. */
const UDP = hex('1388 0007 000a 0000 6869');
const PACKET = hex('4500 001e 0001 4000 4011 b6c8 c0000203 c0000202 1388 0007 000a 0000 6869');
const FRAME = Uint8Array.from([...hex('020000000002 020000000003 0800'), ...PACKET]);

function publishAll(): void {
  const { bus } = fixture;
  bus.publish(linkRequestChannel('server'), [
    {
      ...META,
      interfaceIndex: 1,
      etherType: 0x0800,
      cast: 'unicast',
      nextHop: 0xc0000201,
      packet: PACKET,
      headroomOctets: 0,
    },
  ]);
  bus.publish(networkIndicationChannel('server'), [
    {
      ...META,
      kind: 'segment',
      source: 0xc0000203,
      destination: 0xc0000202,
      protocol: 17,
      ttl: 64,
      tos: 0,
      interfaceIndex: 1,
      cast: 'unicast',
      segment: UDP,
    },
  ]);
  const session = { socket: 70, endpoint: 'app', sequence: 0, acknowledge: 0 };
  bus.publish(transportRequestChannel('server'), [
    { ...session, body: { kind: 'send', socket: 70, offset: 10, data: UDP, push: true } },
    // A bare acknowledgement says nothing to a reader.
    { ...session, body: undefined },
  ]);
  bus.publish(transportIndicationChannel('server'), [
    {
      ...session,
      body: { kind: 'closed', socket: 70, endpoint: 'app', reason: 'reset', detail: 'RST came' },
    },
  ]);
}

describe('GET /api/trace', () => {
  it('streams what crosses each boundary, with the layer that reads it', async () => {
    const response = await fixture.fetch('/api/trace?stack=server');
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    publishAll();
    fixture.capture(FRAME);
    const events = (await readLines(response, 5)) as TraceEvent[];
    const byBoundary = Object.fromEntries(
      events.map((event) => [`${event.boundary} ${event.direction}`, event]),
    );
    expect(byBoundary['link/network down']).toMatchObject({
      stack: 'server',
      layer: 'network',
      pdu: 'packet',
      octets: 30,
      text: '192.0.2.3.5000 > 192.0.2.2.7: UDP, length 2 (via 192.0.2.1, if 1)',
    });
    expect(byBoundary['network/transport up']).toMatchObject({
      layer: 'transport',
      pdu: 'datagram',
      text: '192.0.2.3.5000 > 192.0.2.2.7: UDP, length 2',
    });
    expect(byBoundary['transport/application down']).toMatchObject({
      layer: 'application',
      pdu: 'data',
      octets: 10,
      text: 'socket 70 of app: send 10 octets at 10, push',
    });
    expect(byBoundary['transport/application up']).toMatchObject({
      pdu: 'closed',
      text: 'socket 70 of app: closed reset: RST came',
    });
    expect(byBoundary['wire up']).toMatchObject({
      layer: 'link',
      pdu: 'frame',
      epochMs: 1_700_000_000_000,
      text: expect.stringContaining('02:00:00:00:00:03 > 02:00:00:00:00:02'),
    });
  });

  it('shows the layers that are asked for, with their octets', async () => {
    const response = await fixture.fetch('/api/trace?layer=transport&hex=1');
    publishAll();
    const [event] = (await readLines(response, 1)) as TraceEvent[];
    expect(event).toMatchObject({ layer: 'transport', hex: '13880007000a00006869' });
    expect(fixture.leases).toEqual([]);
  });

  it('refuses a layer that is none', async () => {
    const response = await fixture.fetch('/api/trace?layer=session');
    expect(response.status).toBe(400);
  });
});

describe('GET /api/capture', () => {
  it('has link capture, by a lease that ends by itself', async () => {
    const response = await fixture.fetch('/api/capture?stack=server');
    expect(fixture.leases).toHaveLength(1);
    expect(fixture.leases[0]).toBeGreaterThan(1000);
    await response.body!.cancel();
  });

  it('streams pcapng: the section, each interface once, then its frames', async () => {
    const response = await fixture.fetch('/api/capture?stack=server');
    fixture.capture(FRAME);
    fixture.capture(FRAME);
    fixture.capture(FRAME, 2);
    const types: number[] = [];
    let pending = Buffer.alloc(0);
    const reader = response.body!.getReader();
    while (types.length < 6) {
      const { value } = await reader.read();
      pending = Buffer.concat([pending, value!]);
      while (pending.byteLength >= 8 && pending.byteLength >= pending.readUInt32LE(4)) {
        types.push(pending.readUInt32LE(0));
        pending = pending.subarray(pending.readUInt32LE(4));
      }
    }
    await reader.cancel();
    expect(types).toEqual([0x0a0d0d0a, 1, 6, 6, 1, 6]);
  });

  it('gives frames as JSON lines to those who ask', async () => {
    const response = await fixture.fetch('/api/capture?stack=server&format=ndjson');
    fixture.capture(FRAME);
    const [frame] = await readLines(response, 1);
    expect(frame).toMatchObject({
      stack: 'server',
      interfaceName: 'eth0',
      frame: Buffer.from(FRAME).toString('hex'),
    });
  });

  it.each(['format=pcap', 'snap=-1', 'snap=300000'])('refuses %s', async (query) => {
    expect((await fixture.fetch(`/api/capture?${query}`)).status).toBe(400);
  });
});

describe('The end of the console', () => {
  it('ends the streams that it serves', async () => {
    const response = await fixture.fetch('/api/trace?layer=application');
    const ended = response.text().catch(() => 'cut');
    await fixture.stop();
    expect(['', 'cut']).toContain(await ended);
  });
});
