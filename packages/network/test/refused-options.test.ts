import { ip, onlyIcmp } from './network-kit.ts';
import { router, take, transit } from './router-kit.ts';

describe('wrong options of a packet for another host', () => {
  it('come before the want of a route, as in ip_rcv_options()', () => {
    const core = router();
    const options = Uint8Array.of(7, 12, 4, 0);
    take(core, transit({ options, destination: ip('8.8.8.8') }));
    expect(onlyIcmp(core).icmp.type).toBe(12);
  });

  it('are those of a router alert that is too short (RFC 2113 2.1)', () => {
    const core = router();
    take(core, transit({ options: Uint8Array.of(148, 3, 0, 0) }));
    const { icmp: message } = onlyIcmp(core);
    expect([message.type, message.pointer]).toEqual([12, 21]);
  });
});
