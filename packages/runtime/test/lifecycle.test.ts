import { HEALTHY, Lifecycle, SILENT } from '../src/index.ts';

describe('Lifecycle', () => {
  it('stops its parts in the opposite order, each once', async () => {
    const lifecycle = new Lifecycle(SILENT);
    const stopped: string[] = [];
    for (const name of ['bus', 'link', 'network']) {
      lifecycle.add(name, { stop: () => void stopped.push(name) });
    }
    await Promise.all([lifecycle.drain(), lifecycle.drain()]);
    expect(stopped).toEqual(['network', 'link', 'bus']);
  });

  it('continues if a part fails to stop', async () => {
    const lifecycle = new Lifecycle(SILENT);
    let stopped = false;
    lifecycle.add('bus', {
      stop: () => {
        stopped = true;
      },
    });
    lifecycle.add('link', { stop: () => Promise.reject(new Error('stuck')) });
    await lifecycle.drain();
    expect(stopped).toBe(true);
  });

  it('stops a part at once that starts while it drains', async () => {
    const lifecycle = new Lifecycle(SILENT);
    await lifecycle.drain();
    let stopped = false;
    lifecycle.add('late', {
      stop: () => {
        stopped = true;
      },
    });
    expect(stopped).toBe(true);
  });

  it('is ok if it is ready and all parts are ok', async () => {
    const lifecycle = new Lifecycle(SILENT);
    let health = HEALTHY;
    lifecycle.add('link', { stop: () => undefined, health: () => health });
    expect(lifecycle.health()).toEqual({ ok: false, reasons: ['the process is starting'] });
    lifecycle.ready();
    expect(lifecycle.health().ok).toBe(true);
    health = { ok: false, reasons: ['the TAP is gone'] };
    expect(lifecycle.health().reasons).toEqual(['link: the TAP is gone']);
    await lifecycle.drain();
    expect(lifecycle.health().reasons[0]).toBe('the process is draining');
  });
});
