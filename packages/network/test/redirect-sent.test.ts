import { IcmpMessage, Ipv4Packet, isParseError } from '@strata/wire';
import type { NetworkCore } from '../src/index.ts';
import { drain, ip, pattern, valid } from './network-kit.ts';
import { LEFT, ROUTER_LEFT, router, take, transit } from './router-kit.ts';

/** Another router on LEFT's link, and what is behind it. */
const BETTER = ip('192.0.2.254');
const THERE = ip('100.64.0.9');
const routes = [{ destination: ip('100.64.0.0'), prefixLength: 10, via: BETTER }];
const back = { destination: THERE, payload: pattern(100) };

/** The redirects among what goes out, and how many other packets there are. */
function sent(core: NetworkCore) {
  const packets = drain(core).link.map(({ packet }) => valid(packet));
  const messages = packets.flatMap((one) => {
    const message = one.protocol === 1 ? IcmpMessage.parse(one.payload) : 'no';
    return message instanceof IcmpMessage && message.type === 5 ? [{ one, message }] : [];
  });
  return { messages, others: packets.length - messages.length };
}

describe('a redirect to the sender of a packet', () => {
  it('is sent if the packet goes back to its link, and the packet goes on (RFC 1812 5.2.7.2)', () => {
    const core = router({ routes });
    const bytes = transit(back);
    expect(take(core, bytes, { checksum: 'partial' })).toBe('strata/FORWARDED');
    const { messages, others } = sent(core);
    expect(others).toBe(1);
    expect(messages).toHaveLength(1);
    const [{ one, message }] = messages as [(typeof messages)[0]];
    expect([one.source, one.destination]).toEqual([ROUTER_LEFT, LEFT]);
    expect([message.code, message.gateway]).toEqual([1, BETTER]);
    const quoted = Ipv4Packet.parseQuoted(message.payload);
    if (isParseError(quoted)) throw new Error(quoted);
    expect([quoted.source, quoted.destination]).toEqual([LEFT, THERE]);
    expect(core.counters().IcmpOutRedirects).toBe(1);
  });

  it('leaves the packet that goes on as it was', () => {
    const core = router({ routes });
    take(core, transit(back), { checksum: 'partial' });
    const on = drain(core).link.find(({ packet }) => packet[9] === 17)!;
    expect(on.packet).toEqual(transit({ ...back, ttl: 63 }));
    expect(on.checksum).toBe('partial');
  });

  it('names the destination itself if that is on the link', () => {
    const core = router();
    const neighbour = ip('192.0.2.77');
    take(core, transit({ ...back, destination: neighbour }));
    expect(sent(core).messages[0]!.message.gateway).toBe(neighbour);
  });

  it.each([
    ['its link is not the one it goes out on', { source: LEFT, destination: ip('198.51.100.1') }],
    ['its sender is no neighbour', { source: ip('8.8.8.8'), destination: THERE }],
  ])('is not sent if %s', (_, fields) => {
    const core = router({ routes });
    take(core, transit({ ...fields, payload: pattern(100) }));
    expect(sent(core)).toMatchObject({ messages: [], others: 1 });
  });

  it('is not sent if send_redirects is 0 for all and the interface', () => {
    const core = router({ routes, sysctl: { 'conf.all.send_redirects': 0 } });
    take(core, transit(back));
    expect(sent(core).messages).toHaveLength(1);
    core.setSysctl({ 'conf.eth0.send_redirects': 0 });
    take(core, transit(back), {}, 60_000);
    expect(sent(core).messages).toEqual([]);
  });

  it('goes to another subnet of the link only if shared_media is 1', () => {
    const addresses = [
      { address: ROUTER_LEFT, prefixLength: 24 },
      { address: ip('172.16.0.2'), prefixLength: 24 },
    ];
    const interfaces = [{ index: 1, name: 'eth0', mtu: 1500, addresses }];
    const core = router({ routes, interfaces });
    const other = { ...back, source: ip('172.16.0.9') };
    take(core, transit(other));
    expect(sent(core).messages).toHaveLength(1);
    core.setSysctl({ 'conf.all.shared_media': 0, 'conf.eth0.shared_media': 0 });
    take(core, transit(other), {}, 60_000);
    expect(sent(core).messages).toEqual([]);
    take(core, transit(back), {}, 60_000);
    expect(sent(core).messages).toHaveLength(1);
  });

  it('waits twice as long each time, and stops after redirect_number of them', () => {
    const core = router({ routes });
    const times: number[] = [];
    for (let nowMs = 0; nowMs < 12_000; nowMs += 10) {
      take(core, transit(back), {}, nowMs);
      if (sent(core).messages.length > 0) times.push(nowMs);
    }
    expect(times).toEqual([0, 50, 140, 310, 640, 1290, 2580, 5150, 10_280]);
    // The sender ignores them. Only after redirect_silence without such packets it is told again.
    take(core, transit(back), {}, 12_000 + 20_470);
    expect(sent(core).messages).toEqual([]);
    take(core, transit(back), {}, 12_000 + 20_470 + 20_481);
    expect(sent(core).messages).toHaveLength(1);
  });
});
