import type { Bus } from '@strata/bus';
import type { Config } from '@strata/runtime';
import { ApiError, type ApiRoutes, readJson } from '@strata/service-console';
import { LinkSwitch } from './link-switch.ts';

/**
 * GET /api/lab/links: whether each link and switch is up, by name. PUT with `{"NAME": false}` takes
 * it down, or up, and answers the same.
 */
export function createLinkRoutes(bus: Bus, config: Config): ApiRoutes {
  const links = new LinkSwitch(bus, config);
  return {
    '/api/lab/links': {
      GET: () => links.states(),
      PUT: async ({ request }) => {
        for (const [name, isUp] of Object.entries(await readJson(request))) {
          if (typeof isUp !== 'boolean') {
            throw new ApiError(
              400,
              `${name} is ${JSON.stringify(isUp)}: it must be true or false.`,
            );
          }
          await links.set(name, isUp);
        }
        return links.states();
      },
    },
  };
}
