import { request } from 'node:http';
import type { InterfaceFeatures } from '@strata/contract';
import { ipv4Address } from '@strata/wire';
import { Fixture } from './fixture.ts';

const fixture = new Fixture();

beforeAll(() => fixture.start());
afterAll(() => fixture.stop());

async function json(path: string): Promise<unknown> {
  const response = await fixture.fetch(path);
  expect(response.status).toBe(200);
  return response.json();
}

/** A request whose headers fetch() would not let through. */
function statusWith(headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    request(`${fixture.url}/healthz`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

describe('The tables', () => {
  it.each([
    ['interfaces', [{ name: 'eth0', mac: '02:00:00:00:00:02', addresses: ['192.0.2.2/24'] }]],
    ['neighbours', [{ address: '192.0.2.1', mac: null, state: 'incomplete' }]],
    ['routes', [{ destination: '0.0.0.0/0', gateway: '192.0.2.1', preferredSource: null }]],
    ['sockets', [{ socket: 77, protocol: 'udp', local: '0.0.0.0:7', state: 'UNCONNECTED' }]],
    [
      'counters',
      { link: { link_things: 3 }, transport: { transport_things: 3 }, application: null },
    ],
    ['sysctl', { 'net.ipv4.tcp_sack': '1' }],
  ])('GET /api/%s shows them as people read them, by stack', async (table, expected) => {
    expect(await json(`/api/${table}?stack=server`)).toMatchObject({ server: expected });
  });

  it('ask for those sockets only that are wanted', async () => {
    fixture.socketFilters.length = 0;
    for (const query of [
      '',
      '&socket=9007199254740991',
      '&protocol=tcp&state=ESTABLISHED&state=CLOSE-WAIT',
    ]) {
      await json(`/api/sockets?stack=server${query}`);
    }
    expect(fixture.socketFilters).toEqual([
      {},
      { socket: 9007199254740991 },
      { protocol: 6, states: ['ESTABLISHED', 'CLOSE-WAIT'] },
    ]);
  });

  it.each([
    ['socket=0', 'socket is 0: it must be a whole number from 1 to'],
    ['protocol=sctp', 'protocol is sctp: it must be one of tcp, udp.'],
    ['state=ESTAB', 'state is ESTAB: it must be one of CLOSED, LISTEN,'],
  ])('refuse sockets of %s', async (query, message) => {
    const response = await fixture.fetch(`/api/sockets?${query}`);
    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: string }).error).toContain(message);
  });

  it('say 404 for a stack that is not in the config', async () => {
    const response = await fixture.fetch('/api/routes?stack=nobody');
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: 'there is no stack nobody; there is: server, client.',
    });
  });

  it.each([
    [
      '/api/routes?stack=sever',
      'there is no stack sever; there is: server, client (did you mean server?).',
    ],
    ['/api/trace?layer=trasport', '(did you mean transport?).'],
  ])('ask about what is misspelt: %s', async (path, message) => {
    const { error } = (await (await fixture.fetch(path)).json()) as { error: string };
    expect(error).toContain(message);
  });

  it('say 503 where a layer does not answer', async () => {
    const response = await fixture.fetch('/api/sockets?stack=client');
    expect(response.status).toBe(503);
    expect(((await response.json()) as { error: string }).error).toContain('client');
  });

  it('say null of a stack that does not answer, beside those that do', async () => {
    expect(await json('/api/sockets')).toMatchObject({ server: [{ socket: 77 }], client: null });
  });

  it('name the stacks', async () => {
    expect(await json('/api/stacks')).toEqual(['server', 'client']);
  });
});

describe('PUT /api/sysctl', () => {
  it('changes a knob, and answers with its new value', async () => {
    const response = await fixture.put('/api/sysctl?stack=server', { 'net.ipv4.tcp_sack': 0 });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ 'net.ipv4.tcp_sack': '0' });
    expect(fixture.knobs.get('net.ipv4.tcp_sack')).toBe('0');
  });

  it('asks about a misspelt knob', async () => {
    const response = await fixture.put('/api/sysctl?stack=server', { 'net.ipv4.tcp_sak': 0 });
    const { error } = (await response.json()) as { error: string };
    expect(error).toBe('there is no knob net.ipv4.tcp_sak (did you mean net.ipv4.tcp_sack?).');
  });

  it.each([
    ['a knob that is not there', 404, '?stack=server', { 'net.ipv4.nothing': 1 }],
    ['a value that the layer refuses', 400, '?stack=server', { 'net.ipv4.tcp_sack': 2 }],
    ['no stack, where there are several', 400, '', { 'net.ipv4.tcp_sack': 1 }],
    ['a body that is no object', 400, '?stack=server', [1]],
  ])('refuses %s', async (_what, status, query, body) => {
    const response = await fixture.put(`/api/sysctl${query}`, body);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: expect.any(String) });
  });
});

describe('POST /api/probe', () => {
  const post = (body: unknown) =>
    fixture.fetch('/api/probe?stack=server', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it('hands probes to network, with defaults for what is left out', async () => {
    const probes = [
      { destination: '192.0.2.1' },
      { kind: 'udp', destination: '192.0.2.9', ttl: 1 },
    ];
    const response = await post({ probes, waitMs: 500 });
    expect(response.status).toBe(200);
    expect(fixture.probeRuns.at(-1)).toMatchObject({
      session: 0,
      waitMs: 500,
      end: false,
      probes: [
        { kind: 'echo', destination: ipv4Address(0xc0000201), octets: 56, timeoutMs: 1000 },
        { kind: 'udp', destination: ipv4Address(0xc0000209), ttl: 1, fragmentation: 'want' },
      ],
    });
  });

  it('answers with the events as people read them, and without what they do not have', async () => {
    const probes = [{ destination: '192.0.2.1', sequence: 3 }];
    expect(await (await post({ probes })).json()).toEqual({
      session: 7,
      events: [
        {
          sequence: 3,
          outcome: 'icmp error',
          from: '192.0.2.1',
          ttl: 64,
          tos: 0,
          rttMs: 0.25,
          octets: 36,
          icmpType: 11,
          icmpCode: 0,
          quoted: '4500',
        },
      ],
      lost: 0,
    });
  });

  it.each([
    [400, { probes: {} }, 'probes must be a list of up to 64 probes.'],
    [400, { wait: 3 }, 'there is no field wait; there are: session, probes, waitMs, end'],
    [400, { probes: [{ destination: 'server' }] }, 'destination is "server": it must be an IPv4'],
    [400, { probes: [{ destination: '192.0.2.1', ttl: 256 }] }, 'ttl is 256: it must be a whole'],
    [400, { probes: [{ destination: '192.0.2.1', kind: 'ping' }] }, 'it must be one of echo,'],
    [400, { probes: [{ destination: '192.0.2.1', options: '7' }] }, 'in hexadecimal'],
    [404, { session: 9 }, 'there is no probe session 9'],
  ])('answers %d to %j', async (status, body, message) => {
    const response = await post(body);
    expect(response.status).toBe(status);
    expect(((await response.json()) as { error: string }).error).toContain(message);
  });
});

describe('PUT /api/impairment', () => {
  const path = '/api/impairment?stack=server&interface=eth0';

  it('sets the given fields and clears the others', async () => {
    const response = await fixture.put(path, { lossRatio: 0.02, delayMs: 20, seed: 5 });
    expect(response.status).toBe(200);
    expect(fixture.impairment).toEqual({
      lossRatio: 0.02,
      duplicateRatio: 0,
      reorderRatio: 0,
      corruptRatio: 0,
      ceMarkRatio: 0,
      delayMs: 20,
      jitterMs: 0,
      rateBitsPerSecond: 0,
      seed: 5,
    });
  });

  it.each([
    [{ lossRatio: 1.5 }, 'lossRatio: 1.5 should be a number from 0 to 1.'],
    [{ delayMs: -1 }, 'delayMs: -1 should be a number from 0 to 60000 milliseconds.'],
    [{ loss: 1 }, 'loss: unknown field (it holds 1); there is: lossRatio, lossCorrelation'],
    [{ lossRate: 1 }, '(did you mean lossRatio?).'],
    [{ lossModel: { kind: 'gilbert' } }, "lossModel.kind: 'gilbert' should be state or gemodel."],
    [{ lossModel: { kind: 'gemodel' } }, 'lossModel.p: missing: should be a number from 0 to 1.'],
    [
      { lossModel: { kind: 'state', p13: 0.1, p41: 1 } },
      'lossModel.p41: unknown field (it holds 1); there is: kind, p13, p31, p32, p23, p14',
    ],
    [
      { lossModel: { kind: 'state', p13: 0.6, p14: 0.6 } },
      'should not leave a state with more than 1: p13 + p14, p31 + p32.',
    ],
    [
      { lossModel: { kind: 'gemodel', p: 0.1 }, lossRatio: 0.1 },
      'should not be there together with lossRatio.',
    ],
    [{ delayDistribution: 'norml' }, 'or paretonormal (did you mean normal?).'],
    [{ slot: { kind: 'range', minMs: 5, maxMs: 1 } }, 'a maxMs (1) below its minMs (5).'],
    [{ lossRatio: 2, delayMs: -1 }, '1; delayMs: -1'],
  ])('refuses %j with the bound', async (body, message) => {
    const response = await fixture.put(path, body);
    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: string }).error).toContain(message);
  });

  it('says 404 for an interface that is not there', async () => {
    const response = await fixture.put('/api/impairment?stack=server&interface=eth9', {});
    expect(response.status).toBe(404);
  });
});

describe('The impairment of a direction or of a wire', () => {
  const place = 'stack=server&interface=eth0';
  beforeEach(() => {
    fixture.impairmentSets.length = 0;
  });

  it('is set where the query says', async () => {
    await fixture.put(`/api/impairment?${place}&direction=in`, { delayMs: 5, seed: 1 });
    // The client's link does not run, and is not named.
    const wire = await fixture.put('/api/impairment?wire=lan', {
      lossModel: { kind: 'gemodel', p: 0.1 },
      slot: { kind: 'range', minMs: 5 },
    });
    expect(wire.status).toBe(200);
    expect(fixture.impairmentSets).toMatchObject([
      { interfaceName: 'eth0', direction: 'in', impairment: { delayMs: 5, seed: 1 } },
      {
        interfaceName: '',
        wireName: 'lan',
        impairment: {
          lossModel: { kind: 'gemodel', p: 0.1, r: 0.9, oneMinusH: 1, oneMinusK: 0 },
          slot: { kind: 'range', minMs: 5, maxMs: 5, frames: 0, octets: 0 },
        },
      },
    ]);
  });

  it('is taken away by DELETE', async () => {
    const response = await fixture.fetch(`/api/impairment?${place}`, { method: 'DELETE' });
    expect(response.status).toBe(200);
    expect(fixture.impairmentSets).toMatchObject([{ interfaceName: 'eth0', remove: true }]);
  });

  it('is listed with its counters', async () => {
    await fixture.put(`/api/impairment?${place}`, { delayMs: 5, seed: 1 });
    for (const query of ['', '?stack=server&interface=eth0']) {
      expect(await json(`/api/impairments${query}`)).toMatchObject({
        server: [{ interfaceName: 'eth0', direction: 'out', counters: { lost: 3 } }],
      });
    }
  });

  it.each([
    [`${place}&direction=up`, 400, 'direction is up: it must be in or out.'],
    ['wire=lan&interface=eth0', 400, 'name an interface or a wire; a wire has no direction.'],
    ['wire=lan&direction=in', 400, 'name an interface or a wire; a wire has no direction.'],
    ['wire=wan', 404, 'server: no such interface or wire'],
    ['wire=lan&stack=client', 404, 'client: nobody serves link of stack client'],
    ['stack=server', 400, 'name the interface: &interface=eth0.'],
  ])('is refused with %s', async (query, status, message) => {
    const response = await fixture.put(`/api/impairment?${query}`, { delayMs: 5 });
    expect(((await response.json()) as { error: string }).error).toContain(message);
    expect(response.status).toBe(status);
    expect(fixture.impairmentSets).toEqual([]);
  });
});

describe('/api/features', () => {
  const path = '/api/features?stack=server&interface=eth0';
  const activeOf = ({ features }: InterfaceFeatures) =>
    features.filter(({ active, fixed }) => active && !fixed).map(({ name }) => name);

  it('shows what ethtool -k does, of all interfaces or of one', async () => {
    for (const query of ['', '?stack=server', '?stack=server&interface=eth0']) {
      const response = await fixture.fetch(`/api/features${query}`);
      const { server } = (await response.json()) as Record<string, InterfaceFeatures[]>;
      expect(server).toEqual([{ name: 'eth0', kind: 'wire', features: fixture.features.list() }]);
    }
  });

  it('PUT switches what is given, by long or short names, and answers with the interface', async () => {
    const response = await fixture.put(path, { tso: false, 'large-receive-offload': false });
    expect(response.status).toBe(200);
    expect(activeOf((await response.json()) as InterfaceFeatures)).toEqual([
      'rx-checksumming',
      'tx-checksumming',
    ]);
  });

  it.each([
    [path, { tso: 'off' }, 400, 'tso is "off": it must be true or false.'],
    [path, { gro: true }, 400, 'generic-receive-offload is fixed'],
    ['/api/features?stack=server', { tso: true }, 400, 'name the interface'],
    ['/api/features?stack=server&interface=eth9', { tso: true }, 404, 'there is: eth0'],
  ])('refuses %s %j', async (where, body, status, message) => {
    const response = await fixture.put(where, body);
    expect(((await response.json()) as { error: string }).error).toContain(message);
    expect(response.status).toBe(status);
  });

  it('says 404 for an interface that is not there', async () => {
    const response = await fixture.fetch('/api/features?stack=server&interface=eth9');
    expect(response.status).toBe(404);
  });
});

describe('/healthz', () => {
  it('answers 200 where all is up, and 503 with the reasons where it is not', async () => {
    expect((await fixture.fetch('/healthz')).status).toBe(200);
    fixture.health = { ok: false, reasons: ['link: the TAP is gone'] };
    const response = await fixture.fetch('/healthz');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ reasons: ['link: the TAP is gone'] });
    fixture.health = { ok: true, reasons: [] };
  });
});

describe('The guard', () => {
  it.each(['127.0.0.1:7777', 'localhost', '[::1]:7777', '192.168.1.5'])(
    'lets the Host %s in',
    async (host) => {
      expect(await statusWith({ host })).toBe(200);
    },
  );

  it.each(['evil.example', 'evil.example:7777', '127.0.0.1.evil.example'])(
    'keeps out the Host %s: a name that DNS may point here (DNS rebinding)',
    async (host) => {
      expect(await statusWith({ host })).toBe(403);
    },
  );

  it('keeps out requests that another page makes', async () => {
    expect(await statusWith({ origin: 'http://evil.example' })).toBe(403);
    expect(await statusWith({ host: '127.0.0.1:7777', origin: 'http://127.0.0.1:7777' })).toBe(200);
  });

  it('takes changes as JSON only, which a form cannot send', async () => {
    const headers = { 'content-type': 'text/plain' };
    const response = await fixture.put('/api/sysctl?stack=server', {}, headers);
    expect(response.status).toBe(415);
  });
});

describe('Other requests', () => {
  it('get an index at /, 404 elsewhere, and 405 with what is allowed', async () => {
    expect(await (await fixture.fetch('/')).text()).toContain('/api/trace');
    expect((await fixture.fetch('/nothing')).status).toBe(404);
    const response = await fixture.fetch('/api/sysctl', { method: 'DELETE' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, PUT']);
  });
});
