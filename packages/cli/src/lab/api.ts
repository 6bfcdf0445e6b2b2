import type { ApiRoutes } from '@strata/service-console';
import { postFlood } from './flood/handler.ts';

/** What the console of a lab answers beside the console of `strata up`. */
export const LAB_ROUTES: ApiRoutes = { '/api/lab/flood': { POST: postFlood } };
