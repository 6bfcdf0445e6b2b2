import {
  HEALTHY,
  type Health,
  type HealthServer,
  Metrics,
  startHealthServer,
} from '../src/index.ts';

describe('The health server', () => {
  let server: HealthServer;
  let health: Health = HEALTHY;
  const metrics = new Metrics();
  let segments = 5;

  beforeAll(async () => {
    metrics.add('transport', 'server', () => ({ TcpInSegs: segments, 'odd-name': 1 }));
    metrics.add('transport', 'client', () => ({ TcpInSegs: 2 }));
    server = await startHealthServer({
      listen: { host: '127.0.0.1', port: 0 },
      health: () => health,
      metrics,
    });
  });

  afterAll(() => server.stop());

  const get = (path: string, method = 'GET') =>
    fetch(`http://127.0.0.1:${server.address.port}${path}`, { method });

  it('answers 200 if everything is ok', async () => {
    const response = await get('/healthz');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ ok: true, reasons: [] });
  });

  it('answers 503 with the reasons otherwise', async () => {
    health = { ok: false, reasons: ['the bus is disconnected'] };
    const response = await get('/healthz');
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ ok: false, reasons: ['the bus is disconnected'] });
  });

  it("gives the current counters of each stack under Linux's names", async () => {
    const first = await (await get('/metrics')).text();
    expect(first).toContain('strata_transport_TcpInSegs{stack="server"} 5');
    expect(first).toContain('strata_transport_TcpInSegs{stack="client"} 2');
    expect(first).toContain('strata_transport_odd_name{stack="server"} 1');
    expect(first).toContain('process_cpu_seconds_total');
    segments = 9;
    expect(await (await get('/metrics')).text()).toContain(
      'strata_transport_TcpInSegs{stack="server"} 9',
    );
  });

  it.each([
    ['/', 'GET', 404],
    ['/healthz', 'POST', 405],
  ])('answers %s by %s with %i', async (path, method, status) => {
    const response = await get(path, method);
    await response.text();
    expect(response.status).toBe(status);
  });
});
