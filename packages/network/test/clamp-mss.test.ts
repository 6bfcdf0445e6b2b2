import { emitTcpChecksum, emitTcpHeader, TCP_ACK, TCP_SYN, TcpSegment } from '@strata/wire';
import type { ClampMss, NetworkCore } from '../src/index.ts';
import { drain, type PacketFields, valid } from './network-kit.ts';
import { LEFT, NARROW, RIGHT, ROUTER, router, take, transit } from './router-kit.ts';

/** A segment with MSS 1,460 from LEFT. */
function segment(flags: number, destination = RIGHT): Uint8Array {
  const bytes = new Uint8Array(24);
  emitTcpHeader(bytes, {
    sourcePort: 40_000,
    destinationPort: 80,
    sequence: 1,
    acknowledgment: 0,
    flags,
    window: 65_535,
    urgentPointer: 0,
    options: { mss: 1460 },
  });
  emitTcpChecksum(bytes, LEFT, destination);
  return bytes;
}

/** The router, with clamps by the name of the interface. */
const clamping = (clamps: Readonly<Record<string, ClampMss>>) =>
  router({
    interfaces: ROUTER.interfaces.map((each) => ({ ...each, clampMss: clamps[each.name] })),
  });

/** The MSS of the SYN that the router has forwarded; its checksums are right. */
function forwarded(core: NetworkCore, fields: PacketFields = {}): number | undefined {
  const payload = segment(TCP_SYN, fields.destination);
  expect(take(core, transit({ protocol: 6, payload, ...fields }))).toBe('strata/FORWARDED');
  const packet = valid(drain(core).link[0]!.packet);
  const view = TcpSegment.parse(packet.payload) as TcpSegment;
  expect(view.hasValidChecksum(packet.source, packet.destination)).toBe(true);
  return view.options.mss;
}

describe('a router that clamps the MSS', () => {
  it('does not do so by default', () => {
    const core = router();
    expect(forwarded(core, { destination: NARROW })).toBe(1460);
    expect(core.counters().StrataMssClamped).toBe(0);
  });

  it.each([
    ['the interface that the SYN goes to', { eth2: 'path mtu' }],
    ['the interface that the SYN comes from', { eth0: 'path mtu' }],
  ] as const)('lowers it to what fits into the smaller MTU, if %s asks for it', (_name, clamps) => {
    const core = clamping(clamps);
    expect(forwarded(core, { destination: NARROW })).toBe(536);
    expect(core.counters().StrataMssClamped).toBe(1);
  });

  it('lowers that of a SYN,ACK that comes from the small MTU, too', () => {
    const core = clamping({ eth2: 'path mtu' });
    const payload = segment(TCP_SYN | TCP_ACK, RIGHT);
    take(core, transit({ protocol: 6, payload }), { interfaceIndex: 3 });
    const { payload: sent } = valid(drain(core).link[0]!.packet);
    expect((TcpSegment.parse(sent) as TcpSegment).options.mss).toBe(536);
  });

  it('lowers it to a number, the smallest where both interfaces have one, and never raises it', () => {
    expect(forwarded(clamping({ eth1: 1200 }))).toBe(1200);
    expect(forwarded(clamping({ eth0: 1300, eth1: 1200 }))).toBe(1200);
    expect(forwarded(clamping({ eth0: 1100, eth1: 1200 }))).toBe(1100);
    expect(forwarded(clamping({ eth1: 9000 }))).toBe(1460);
  });

  it('leaves other interfaces, other segments and other protocols alone', () => {
    expect(forwarded(clamping({ eth2: 500 }))).toBe(1460);
    const core = clamping({ eth1: 500 });
    const others = [
      { protocol: 6, payload: segment(TCP_ACK) },
      { protocol: 17, payload: segment(TCP_SYN) },
      { protocol: 6, payload: segment(TCP_SYN), fragmentOffsetOctets: 8 },
    ];
    for (const fields of others) {
      take(core, transit(fields));
      expect(valid(drain(core).link[0]!.packet).payload).toEqual(fields.payload);
    }
    expect(core.counters().StrataMssClamped).toBe(0);
  });

  it('keeps a partial checksum partial and as it was', () => {
    const core = clamping({ eth1: 500 });
    const payload = segment(TCP_SYN);
    const checksum = payload.slice(16, 18);
    take(core, transit({ protocol: 6, payload }), { checksum: 'partial' });
    const [sent] = drain(core).link;
    const packet = valid(sent!.packet);
    expect(sent!.checksum).toBe('partial');
    expect((TcpSegment.parse(packet.payload) as TcpSegment).options.mss).toBe(500);
    expect(packet.payload.slice(16, 18)).toEqual(checksum);
  });
});
