import type { Bus, RunningService } from '@strata/bus';
import { controlSubject, encodeControlReply, type HealthInfo } from '@strata/contract';
import { STRATA_VERSION } from '@strata/runtime';

/** What identifies this application instance: fields of its port's options. */
interface Presence {
  readonly bus: Bus;
  readonly stack: string;
  readonly endpoint: string;
  readonly instance?: string | undefined;
}

/**
 * Answers transport when it asks whether this application instance still runs
 * (proto/strata/v1/control.proto). `nats micro ls` lists it as `strata-sockets`.
 */
export function servePresence({ bus, stack, endpoint, instance }: Presence): RunningService {
  const startedMs = performance.now();
  const handler = () => {
    const health: HealthInfo = {
      status: 'ready',
      layer: 'application',
      version: STRATA_VERSION,
      uptimeMs: Math.floor(performance.now() - startedMs),
      detail: '',
      instance,
    };
    return encodeControlReply({ kind: 'health', health });
  };
  return bus.serve({
    name: 'strata-sockets',
    version: STRATA_VERSION,
    description: `The sockets of an application on stack ${stack}`,
    metadata: { stack, endpoint, ...(instance === undefined ? {} : { instance }) },
    endpoints: { health: { subject: controlSubject(stack, endpoint, 'health'), handler } },
  });
}
