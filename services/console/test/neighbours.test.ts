import { Fixture } from './fixture.ts';

const fixture = new Fixture();

beforeAll(() => fixture.start());
afterAll(() => fixture.stop());

describe('/api/neighbours', () => {
  const path = '/api/neighbours?stack=server&interface=eth0';

  it('sets a neighbour: PERMANENT, and in place of one that is there, if nothing else is said', async () => {
    const response = await fixture.put(path, { address: '192.0.2.9', mac: '02:00:00:00:00:09' });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ address: '192.0.2.1', state: 'incomplete' });
    expect(fixture.neighbourRequests).toMatchObject([
      {
        kind: 'neighbour-set',
        interfaceName: 'eth0',
        mac: 0x020000000009,
        state: 'permanent',
        mode: 'replace',
        proxy: false,
      },
    ]);
  });

  it('deletes one, and flushes those that match', async () => {
    fixture.neighbourRequests.length = 0;
    const gone = await fixture.fetch(`${path}&address=192.0.2.9&proxy=true`, { method: 'DELETE' });
    expect(gone.status).toBe(200);
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ states: ['stale'], to: '192.0.2.0/24' });
    const flushed = await fixture.fetch('/api/neighbours/flush?stack=server', {
      method: 'POST',
      headers,
      body,
    });
    expect(await flushed.json()).toHaveLength(1);
    expect(fixture.neighbourRequests).toMatchObject([
      { kind: 'neighbour-delete', proxy: true },
      { kind: 'neighbours-flush', interfaceName: '', states: ['stale'] },
    ]);
  });

  it.each([
    [
      'no address',
      { mac: '02:00:00:00:00:09' },
      'address is not given: it must be an IPv4 address',
    ],
    [
      'a MAC address that is none',
      { address: '192.0.2.9', mac: 'x' },
      'mac is "x": it must be a MAC',
    ],
    [
      'an unknown state',
      { address: '192.0.2.9', state: 'dead' },
      'state is "dead": it must be one of',
    ],
    [
      'an unknown field',
      { address: '192.0.2.9', nud: 'stale' },
      'there is no field nud; there are:',
    ],
  ])('refuses %s', async (_, body, message) => {
    const response = await fixture.put(path, body);
    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: string }).error).toContain(message);
  });
});
