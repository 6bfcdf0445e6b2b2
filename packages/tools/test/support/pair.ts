import { MemoryBus } from '@strata/bus';
import { Lifecycle, SILENT } from '@strata/runtime';
import { validateConfig } from '@strata/runtime/config';
import { startApplication } from '@strata/service-application';
import { startLink } from '@strata/service-link';
import { startNetwork } from '@strata/service-network';
import { startTransport } from '@strata/service-transport';

const host = (address: string) => ({ interfaces: [{ wire: 'lan', addresses: [address] }] });

/** The stacks `server` (192.0.2.2) and `client` (192.0.2.3) on one wire, in this process. */
export interface Pair {
  readonly bus: MemoryBus;
  stop(): Promise<void>;
}

/** Starts them. The server has every small service, and HTTP. */
export async function startPair(): Promise<Pair> {
  const applications = { echo: {}, discard: {}, chargen: {}, daytime: {}, http: {} };
  const stacks = {
    server: { ...host('192.0.2.2/24'), applications },
    client: host('192.0.2.3/24'),
  };
  const config = validateConfig({ wires: { lan: {} }, stacks }, 'the test');
  const bus = new MemoryBus();
  const parts = new Lifecycle(SILENT);
  for (const stack of Object.keys(stacks)) {
    const context = { bus, config, stack, log: SILENT };
    parts.add('link', await startLink(context));
    parts.add('network', await startNetwork(context));
    parts.add('transport', await startTransport(context));
    parts.add('application', await startApplication(context));
  }
  return { bus, stop: () => parts.drain() };
}
