/**
 * How the layers above link learn of its interfaces: link tells network, and network tells
 * transport. A layer that starts asks link itself.
 */
import type { Bus } from '@strata/bus';
import type { InterfaceInfo } from '@strata/contract';
import { askControl } from '../control.ts';
import { ControlError } from '../control-error.ts';

/**
 * Tells a layer what the interfaces are now, and waits until it has changed its tables. A layer
 * that does not run is told nothing: it asks when it starts. Rejects with ControlError if the layer
 * refuses, and with BusError if it does not answer.
 */
export async function tellInterfaces(
  bus: Bus,
  stack: string,
  layer: 'network' | 'transport',
  interfaces: readonly InterfaceInfo[],
): Promise<void> {
  const plain = interfaces.map((each) => ({ ...each, counters: {} }));
  const request = { kind: 'interfaces-set', interfaces: plain } as const;
  await unlessAbsent(askControl(bus, stack, layer, request, 'done'));
}

/** The interfaces that link has now. Undefined: link does not run. */
export async function askInterfaces(
  bus: Bus,
  stack: string,
): Promise<readonly InterfaceInfo[] | undefined> {
  const asked = askControl(bus, stack, 'link', { kind: 'interfaces' }, 'interfaces');
  return (await unlessAbsent(asked))?.interfaces;
}

async function unlessAbsent<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ControlError && error.code === 'not-found') return undefined;
    throw error;
  }
}
