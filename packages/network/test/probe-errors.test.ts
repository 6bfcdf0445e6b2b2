import { UNSPECIFIED_IPV4 } from '@strata/wire';
import type { NetworkCore } from '../src/index.ts';
import { drain, FAR, HOST, host, icmp, ip, PEER, ROUTER, takeIcmp } from './network-kit.ts';
import { eventsOf, pingData, sendProbe } from './probe-kit.ts';

describe('An error about a probe', () => {
  const quote = (core: NetworkCore, octets = 28) => drain(core).link[0]!.packet.subarray(0, octets);

  it('is reported with what it quotes: traceroute needs it', () => {
    const core = host();
    sendProbe(core, { ttl: 1, sequence: 9 });
    const quoted = quote(core);
    takeIcmp(core, icmp(11, 0, quoted), 5);
    expect(drain(core)).toMatchObject({
      up: [],
      probes: [
        {
          sequence: 9,
          outcome: 'icmp error',
          from: ROUTER,
          type: 11,
          code: 0,
          rttMs: 5,
          isLocal: false,
          quoted,
        },
      ],
    });
    core.handleTimeout(5000);
    expect(eventsOf(core)).toEqual([]);
  });

  it('comes from the stack itself where ARP gets no answer', () => {
    const core = host();
    sendProbe(core, { destination: PEER });
    const request = drain(core).link[0]!;
    const unreachable = { interfaceIndex: 1, packet: request.packet, nextHop: PEER };
    core.handleIndication({ kind: 'unreachable', ...unreachable }, 3000);
    expect(drain(core)).toMatchObject({
      up: [],
      probes: [{ outcome: 'icmp error', from: HOST, type: 3, code: 1, isLocal: true }],
    });
  });

  it('does not make the reply a duplicate, and a redirect leaves the probe waiting', () => {
    const core = host();
    const session = sendProbe(core);
    const message = icmp(5, 1, quote(core), [0xc000, 0x0209]);
    takeIcmp(core, message, 1, PEER);
    takeIcmp(core, icmp(0, 0, pingData(), [session, 1]), 2, FAR);
    expect(eventsOf(core)).toMatchObject([
      { outcome: 'icmp error', type: 5, code: 1, gateway: ip('192.0.2.9') },
      { outcome: 'reply', isDuplicate: false },
    ]);
  });

  it.each([
    ['no route', { routes: [] }, 'ENETUNREACH'],
    ['a blackhole', { routes: [{ ...anywhere(), kind: 'blackhole' as const }] }, 'EINVAL'],
    ['unreachable', { routes: [{ ...anywhere(), kind: 'unreachable' as const }] }, 'EHOSTUNREACH'],
    ['prohibit', { routes: [{ ...anywhere(), kind: 'prohibit' as const }] }, 'EACCES'],
  ])('says why nothing was sent: %s', (_what, config, error) => {
    const core = host(config);
    sendProbe(core);
    expect(drain(core)).toMatchObject({
      link: [],
      up: [],
      probes: [{ outcome: 'not sent', error }],
    });
  });

  it('does not go out from an address that is not ours', () => {
    const core = host();
    sendProbe(core, { source: PEER });
    expect(eventsOf(core)).toMatchObject([{ outcome: 'not sent', error: 'EADDRNOTAVAIL' }]);
  });
});

function anywhere() {
  return { destination: UNSPECIFIED_IPV4, prefixLength: 0 };
}
