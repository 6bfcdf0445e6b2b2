import { readUint32, TcpSegment, UdpDatagram } from '@strata/wire';
import type { NetworkCore } from '../src/index.ts';
import {
  drain,
  FAR,
  fromLink,
  HOST,
  host,
  icmp,
  onlyIcmp,
  onlyPacket,
  packet,
  ROUTER,
  takeIcmp,
  udp,
} from './network-kit.ts';
import { eventsOf, pingData, sendProbe } from './probe-kit.ts';

describe('A UDP probe', () => {
  const sent = (core: NetworkCore) => {
    const { ip: view } = onlyPacket(core);
    return { view, datagram: UdpDatagram.parse(view.payload) as UdpDatagram };
  };

  it('leaves from a port above those of transport, and with a right checksum', () => {
    const core = host();
    sendProbe(core, { kind: 'udp', destinationPort: 33_434, octets: 32 });
    const { view, datagram } = sent(core);
    expect(datagram.sourcePort).toBeGreaterThanOrEqual(61_000);
    expect(datagram.destinationPort).toBe(33_434);
    expect(datagram.hasValidChecksum(view.source, view.destination)).toBe(true);
  });

  it('ends at port unreachable, which transport does not see', () => {
    const core = host();
    sendProbe(core, { kind: 'udp', destinationPort: 33_434 });
    const quoted = drain(core).link[0]!.packet.subarray(0, 28);
    takeIcmp(core, icmp(3, 3, quoted), 4, FAR);
    expect(drain(core)).toMatchObject({
      up: [],
      probes: [{ outcome: 'icmp error', from: FAR, type: 3, code: 3, rttMs: 4 }],
    });
  });

  it('takes the answering datagram, which transport would refuse; others go to transport', () => {
    const core = host();
    sendProbe(core, { kind: 'udp', destinationPort: 7, octets: 4 });
    const { sourcePort } = sent(core).datagram;
    const take = (source: number, from = FAR) => {
      const payload = udp(from, HOST, pingData(4), [source, sourcePort]);
      core.handleIndication(fromLink(packet({ protocol: 17, source: from, payload })), 1);
      return drain(core);
    };
    expect(take(8).up).toHaveLength(1);
    expect(take(7, ROUTER).up).toHaveLength(1);
    expect(take(7)).toMatchObject({ up: [], probes: [{ outcome: 'datagram', data: undefined }] });
  });
});

describe('A TCP probe', () => {
  function syn(core: NetworkCore): TcpSegment {
    sendProbe(core, { kind: 'tcp', destinationPort: 80, octets: 0 });
    const { ip: view } = onlyPacket(core);
    const segment = TcpSegment.parse(view.payload) as TcpSegment;
    expect(segment.hasValidChecksum(view.source, view.destination)).toBe(true);
    return segment;
  }

  /** A segment without options from port 80. */
  function answer(to: TcpSegment, flags: number, acknowledgment: number): Uint8Array {
    const bytes = new Uint8Array(20);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, 80);
    view.setUint16(2, to.sourcePort);
    view.setUint32(8, acknowledgment);
    bytes[12] = 0x50;
    bytes[13] = flags;
    return packet({ protocol: 6, source: FAR, payload: bytes });
  }

  it("is a SYN with a host's options", () => {
    const options = { mss: 1460, sackPermitted: true, windowScale: 7 };
    expect(syn(host())).toMatchObject({ flags: 2, destinationPort: 80, options });
  });

  it.each([
    ['SYN,ACK: the port is open', 0x12, 1, 'syn-ack'],
    ['RST,ACK: it is closed', 0x14, 1, 'reset'],
  ])('ends at %s; transport sees the segment too, to refuse it', (_what, flags, more, outcome) => {
    const core = host();
    const sent = syn(core);
    const acknowledgment = (sent.sequence + more) >>> 0;
    core.handleIndication(fromLink(answer(sent, flags, acknowledgment)), 2);
    expect(drain(core)).toMatchObject({
      up: [{ kind: 'segment', protocol: 6 }],
      probes: [{ outcome, from: FAR, rttMs: 2 }],
    });
  });

  it('is not answered by a segment that acknowledges something else (RFC 9293 3.10.7.3)', () => {
    const core = host();
    const sent = syn(core);
    core.handleIndication(fromLink(answer(sent, 0x12, (sent.sequence + 2) >>> 0)), 2);
    core.handleIndication(fromLink(answer(sent, 0x10, (sent.sequence + 1) >>> 0)), 2);
    const { up, probes } = drain(core);
    expect([up.length, probes]).toEqual([2, []]);
  });

  it('is not ended by an error that quotes another sequence number (RFC 5927 4.1)', () => {
    const core = host();
    sendProbe(core, { kind: 'tcp', destinationPort: 80, octets: 0 });
    const quoted = drain(core).link[0]!.packet.slice(0, 28);
    quoted[24]! ^= 1;
    takeIcmp(core, icmp(11, 0, quoted), 1);
    expect(eventsOf(core)).toEqual([]);
    quoted[24]! ^= 1;
    takeIcmp(core, icmp(11, 0, quoted), 1);
    expect(eventsOf(core)).toMatchObject([{ outcome: 'icmp error', type: 11 }]);
  });
});

describe('A timestamp probe', () => {
  it('carries our time, and reports the three times of the reply (RFC 792)', () => {
    const core = host({ unixTimeAtZeroMs: 86_400_000 });
    const session = sendProbe(core, { kind: 'timestamp' }, 1234);
    const { icmp: message } = onlyIcmp(core);
    expect(message.type).toBe(13);
    expect(readUint32(message.payload, 0)).toBe(1234);
    const data = Uint8Array.of(0, 0, 4, 210, 0, 0, 5, 0, 0, 0, 5, 0);
    takeIcmp(core, icmp(14, 0, data, [session, 1]), 1236, FAR);
    expect(eventsOf(core)).toMatchObject([{ outcome: 'reply', data, rttMs: 2 }]);
  });
});

describe('An address mask probe', () => {
  it('reports the mask (RFC 950)', () => {
    const core = host();
    const session = sendProbe(core, { kind: 'address mask' });
    expect(onlyIcmp(core).icmp.type).toBe(17);
    const data = Uint8Array.of(255, 255, 255, 0);
    takeIcmp(core, icmp(18, 0, data, [session, 1]), 1, FAR);
    expect(eventsOf(core)).toMatchObject([{ outcome: 'reply', data }]);
  });
});
