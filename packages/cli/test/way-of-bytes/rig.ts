import { once } from 'node:events';
import { MemoryBus } from '@strata/bus';
import { type Clock, SILENT, TapBridge } from '@strata/runtime';
import { validateConfig } from '@strata/runtime/config';
import { startLink } from '@strata/service-link';
import { startNetwork } from '@strata/service-network';
import { startTransport } from '@strata/service-transport';
import { createStack, type Socket } from '@strata/sockets';
import { FakeTap } from './fake-tap.ts';
import { HostEnd } from './host-end.ts';

/**
 * A stack as `strata up` composes it, from sockets to the TAP of its wire, with one connection from
 * the host's end.
 */
export interface Rig {
  readonly tap: FakeTap;
  readonly host: HostEnd;
  /** The server's end of the connection. */
  readonly socket: Socket;
}

/**
 * `clock`: of what has timers. Without `offload` the wire, and so the TAP, takes single segments
 * only.
 */
export async function startRig(clock: Clock, offload = true): Promise<Rig> {
  const bus = new MemoryBus();
  const config = validateConfig(
    {
      wires: { lan: { offload, tap: { name: 'fake0' } } },
      stacks: { server: { interfaces: [{ wire: 'lan', addresses: ['192.0.2.2/24'] }] } },
    },
    'the test',
  );
  const wire = config.wires['lan']!;
  const tap = new FakeTap();
  const host = new HostEnd(tap);
  new TapBridge({ bus, wire: 'lan', config: wire, tap: wire.tap!, log: SILENT, clock, addon: tap });
  const onError = (error: unknown) => {
    throw error;
  };
  const context = { bus, config, stack: 'server', log: SILENT, clock, onError };
  await startLink(context);
  await startNetwork(context);
  await startTransport(context);
  const { net } = createStack({ bus, stack: 'server' });
  const server = net.createServer({ noDelay: true });
  server.listen(80);
  await once(server, 'listening');
  host.connect();
  const [socket] = (await once(server, 'connection')) as [Socket];
  return { tap, host, socket };
}
