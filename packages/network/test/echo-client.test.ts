import {
  drain,
  FAR,
  HOST,
  host,
  icmp,
  ip,
  onlyIcmp,
  pattern,
  ROUTER,
  takeIcmp,
} from './network-kit.ts';

describe('the echo client', () => {
  const request = { destination: FAR, identifier: 77, sequence: 3, payload: pattern(56) };
  const reply = (identifier: number, sequence: number) =>
    icmp(0, 0, pattern(56), [identifier, sequence]);

  it('sends a request with the fields that it is given', () => {
    const core = host();
    core.ping({ ...request, ttl: 2, tos: 4, dontFragment: true }, 0);
    const { ip: view, icmp: message } = onlyIcmp(core);
    expect(view).toMatchObject({
      source: HOST,
      destination: FAR,
      ttl: 2,
      tos: 4,
      dontFragment: true,
    });
    expect(message).toMatchObject({ type: 8, code: 0, identifier: 77, sequence: 3 });
    expect(message.payload).toEqual(pattern(56));
  });

  it('reports replies to its identifiers, duplicates too', () => {
    const core = host();
    core.ping(request, 0);
    expect(takeIcmp(core, reply(78, 3), 1, FAR)).toBe('NO_SOCKET');
    takeIcmp(core, reply(77, 3), 1, FAR);
    takeIcmp(core, reply(77, 3), 2, FAR);
    const event = {
      kind: 'echo-reply',
      source: FAR,
      destination: HOST,
      identifier: 77,
      sequence: 3,
      ttl: 64,
      payload: pattern(56),
    };
    expect(drain(core).echo).toEqual([event, event]);
  });

  it('reports errors that quote a request: traceroute needs them', () => {
    const core = host();
    core.ping({ ...request, ttl: 1 }, 0);
    const [sent] = drain(core).link;
    takeIcmp(core, icmp(11, 0, sent!.packet.subarray(0, 28)), 5);
    const { echo, up } = drain(core);
    expect(up).toEqual([]);
    expect(echo).toEqual([
      {
        kind: 'error',
        reporter: ROUTER,
        type: 11,
        code: 0,
        mtu: 0,
        destination: FAR,
        identifier: 77,
        sequence: 3,
      },
    ]);
  });

  it('reports errors that the stack itself makes', () => {
    const core = host({ routes: [] });
    core.ping(request, 0);
    expect(drain(core).echo).toMatchObject([{ kind: 'error', type: 3, code: 0, sequence: 3 }]);
  });

  it.each([['127.0.0.1'], ['192.0.2.2']])('reaches the stack itself at %s', (destination) => {
    const core = host();
    core.ping({ ...request, destination: ip(destination) }, 0);
    expect(drain(core)).toEqual({
      link: [],
      up: [],
      echo: [
        expect.objectContaining({
          kind: 'echo-reply',
          source: ip(destination),
          payload: pattern(56),
        }),
      ],
    });
  });

  it('keeps a bounded number of events', () => {
    const core = host();
    core.ping(request, 0);
    for (let i = 0; i < 1500; i += 1) takeIcmp(core, reply(77, i), 1, FAR);
    expect(drain(core).echo).toHaveLength(1000);
    expect(core.counters().StrataEchoEventsDropped).toBe(500);
  });

  it.each([
    { identifier: 65536 },
    { sequence: -1 },
    { ttl: 256 },
    { payload: new Uint8Array(65508) },
  ])('refuses %j', (changes) => {
    expect(() => host().ping({ ...request, ...changes }, 0)).toThrow(
      expect.objectContaining({ code: 'NETWORK_BAD_ECHO' }),
    );
  });
});
