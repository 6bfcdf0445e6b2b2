import type { Bus } from '@strata/bus';
import { askControl } from '../control.ts';

/**
 * The layers whose last words pass through a layer that stops, and how long it waits for them at
 * most.
 */
export interface LayersAbove {
  readonly bus: Bus;
  readonly stack: string;
  readonly layers: readonly ('application' | 'transport' | 'network')[];
  readonly timeoutMs: number;
}

/**
 * How long a layer above may take to hear of a stop that we have heard of already: Ctrl-C and
 * `docker compose stop` tell all.
 */
const LINGER_MS = 300;
const POLL_MS = 50;

/**
 * Waits while a layer above is draining: what it says last, RST for what is open, still has to go
 * down and out. One that is not stopping is not waited for beyond a short linger; in one process
 * the order of stopping sees to it.
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
  // The last that they have said was on its way before they were gone.
  await bus.settle();
}

async function isDraining(bus: Bus, stack: string, layer: string): Promise<boolean> {
  try {
    const { health } = await askControl(bus, stack, layer, { kind: 'health' }, 'health', LINGER_MS);
    return health.status === 'draining';
  } catch {
    // Nobody is there, or nobody who could say anything.
    return false;
  }
}
