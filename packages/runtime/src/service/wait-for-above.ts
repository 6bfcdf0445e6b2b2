import type { Bus } from '@strata/bus';
import { askControl } from '../control.ts';

/** The layers above a layer that stops, and how long to wait for them at most. */
export interface LayersAbove {
  readonly bus: Bus;
  readonly stack: string;
  readonly layers: readonly ('application' | 'transport' | 'network')[];
  readonly timeoutMs: number;
}

/**
 * How much later than us a layer above may be told to stop. Ctrl-C and `docker compose stop` tell
 * all layers.
 */
const LINGER_MS = 300;
const POLL_MS = 50;

/**
 * Waits while a layer above is draining: its last PDUs, such as RST, must still pass this layer. A
 * layer above that keeps running delays this by a short linger only. In one process there is
 * nothing to wait for: the layers stop one after another.
 */
export async function waitForAbove({ bus, stack, layers, timeoutMs }: LayersAbove): Promise<void> {
  if (bus.lossless) return;
  const startedMs = performance.now();
  let wasDraining = false;
  for (;;) {
    const answers = layers.map((layer) => isDraining(bus, stack, layer));
    const isBusy = (await Promise.all(answers)).includes(true);
    const passedMs = performance.now() - startedMs;
    wasDraining ||= isBusy;
    if (!isBusy && (wasDraining || passedMs >= LINGER_MS)) break;
    if (passedMs >= timeoutMs || bus.status !== 'connected') return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  // Their last PDUs were on the bus before they ended. Now handle them.
  await bus.settle();
}

async function isDraining(bus: Bus, stack: string, layer: string): Promise<boolean> {
  try {
    const { health } = await askControl(bus, stack, layer, { kind: 'health' }, 'health', LINGER_MS);
    return health.status === 'draining';
  } catch {
    // Nobody runs there, or nobody who can answer.
    return false;
  }
}
