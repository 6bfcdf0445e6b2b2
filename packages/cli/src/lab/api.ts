import type { Bus } from '@strata/bus';
import type { Config } from '@strata/runtime';
import type { ApiRoutes } from '@strata/service-console';
import { postFlood } from './flood/handler.ts';
import { createLinkRoutes } from './link/handlers.ts';

/** What the console of a lab answers beside the console of `strata up`. */
export function createLabRoutes(bus: Bus, config: Config): ApiRoutes {
  return { '/api/lab/flood': { POST: postFlood }, ...createLinkRoutes(bus, config) };
}
