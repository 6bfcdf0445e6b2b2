import { MemoryBus } from '@strata/bus';
import { type ControlService, SILENT, serveControl, waitForAbove } from '../src/index.ts';
import { until } from './support/until.ts';

/** A memory bus that does not report that everything is one process. */
class OpenBus extends MemoryBus {
  override readonly lossless = false as never;
}

function serve(bus: OpenBus, layer: string, onAsked = () => {}): ControlService {
  const health = () => {
    onAsked();
    return { ok: true, reasons: [] };
  };
  return serveControl({ bus, stack: 'server', layer, log: SILENT, health, counters: () => ({}) });
}

describe('waitForAbove', () => {
  const layers = ['transport', 'network'] as const;

  it('waits until the draining layers above are gone', async () => {
    const bus = new OpenBus();
    let asked = 0;
    const network = serve(bus, 'network', () => {
      asked += 1;
    });
    const transport = serve(bus, 'transport');
    transport.drain();
    let isOver = false;
    const waiting = waitForAbove({ bus, stack: 'server', layers, timeoutMs: 60_000 }).then(() => {
      isOver = true;
    });
    // Every 50 ms. In all this takes longer than the wait without a draining layer.
    await until('it has asked for long', () => asked >= 10);
    network.drain();
    await transport.stop();
    const before = asked;
    await until('it has asked again', () => asked >= before + 2);
    expect(isOver).toBe(false);
    await network.stop();
    await waiting;
  });

  it.each(['nobody', 'somebody who stays'])(
    'continues after a short time if %s is above',
    async (who) => {
      const bus = new OpenBus();
      if (who !== 'nobody') serve(bus, 'transport');
      await waitForAbove({ bus, stack: 'server', layers, timeoutMs: 60_000 });
    },
  );

  it('waits for a layer that never ends, up to the given time', async () => {
    const bus = new OpenBus();
    serve(bus, 'transport').drain();
    await waitForAbove({ bus, stack: 'server', layers, timeoutMs: 500 });
  });

  it('does not wait inside one process, where parts already stop in order', async () => {
    const bus = new MemoryBus();
    const waiting = waitForAbove({ bus, stack: 'server', layers, timeoutMs: 60_000 });
    const first = await Promise.race([
      waiting,
      new Promise((resolve) => setTimeout(resolve, 50, 'late')),
    ]);
    expect(first).toBeUndefined();
  });
});
