import { randomInt } from 'node:crypto';
import type { ImpairmentDirection, ImpairmentSet, ImpairmentSettings } from '@strata/contract';
import { askControl, ConfigError, ControlError } from '@strata/runtime';
import { ApiError } from './api-error.ts';
import { readJson } from './guard.ts';
import { type ApiHandler, type ApiRequest, stacksOf } from './route.ts';
import { interfaceOf } from './settings.ts';
import { explained, ofEachStack } from './tables.ts';

const NONE: ImpairmentSettings = {
  lossRatio: 0,
  duplicateRatio: 0,
  reorderRatio: 0,
  corruptRatio: 0,
  ceMarkRatio: 0,
  delayMs: 0,
  jitterMs: 0,
  rateBitsPerSecond: 0,
  seed: 0,
};

/**
 * GET /api/impairments?interface=NAME: of each stack the impairments of its interfaces, or of the
 * one, each direction with its counters.
 */
export const getImpairments: ApiHandler = (api) =>
  ofEachStack(api, async (stack) => {
    const interfaceName = api.query.get('interface') ?? '';
    const request = { kind: 'impairments', interfaceName } as const;
    const asked = askControl(api.context.bus, stack, 'link', request, 'impairments');
    return (await explained(stack, asked, interfaceName === '' ? 503 : 404)).impairments;
  });

/** GET /api/impairment?stack=NAME&interface=NAME, of the direction `out` unless `&direction=in`. */
export const getImpairment: ApiHandler = async (api) => {
  const { stack, interfaceName } = interfaceOf(api);
  const direction = directionOf(api);
  const request = { kind: 'impairment-get', interfaceName, direction } as const;
  const asked = askControl(api.context.bus, stack, 'link', request, 'impairment');
  return (await explained(stack, asked, 404)).impairment;
};

/**
 * PUT /api/impairment?stack=NAME&interface=NAME with `{"lossRatio": 0.02, "delayMs": 20}`; absent
 * fields have their defaults. `&direction=in` or `out`: only that direction. `?wire=NAME`: what
 * each station sends on the wire, in place of an interface.
 */
export const putImpairment: ApiHandler = async (api) =>
  setImpairment(api, { impairment: await toImpairment(await readJson(api.request)) });

/** DELETE /api/impairment?… takes the impairment away, with the query of PUT. */
export const deleteImpairment: ApiHandler = (api) =>
  setImpairment(api, { impairment: NONE, remove: true });

async function setImpairment(
  api: ApiRequest,
  change: Pick<ImpairmentSet, 'impairment' | 'remove'>,
): Promise<unknown> {
  const direction = directionOf(api);
  const wireName = api.query.get('wire');
  if (wireName !== null) {
    if (direction !== undefined || api.query.has('interface')) {
      throw new ApiError(400, 'name an interface or a wire; a wire has no direction.');
    }
    return setWire(api, { kind: 'impairment-set', interfaceName: '', wireName, ...change });
  }
  const { stack, interfaceName } = interfaceOf(api);
  const request = { kind: 'impairment-set', interfaceName, direction, ...change } as const;
  const asked = askControl(api.context.bus, stack, 'link', request, 'impairment');
  return (await explained(stack, asked, 404)).impairment;
}

/**
 * Sends the request to each stack that is named, or to all, and answers with the wire's impairment.
 * At least one of them must be on the wire. A stack that is not running is left out, unless it is
 * named.
 */
async function setWire(api: ApiRequest, request: ImpairmentSet): Promise<unknown> {
  const refusals: string[] = [];
  const stacks = stacksOf(api);
  const answers = await ofEachStack(api, async (stack) => {
    const asked = askControl(api.context.bus, stack, 'link', request, 'impairment');
    try {
      return await asked;
    } catch (error) {
      // Nobody serves link there, or the stack is not on the wire.
      if (!(error instanceof ControlError) || error.code !== 'not-found') {
        return explained(stack, asked);
      }
      refusals.push(`${stack}: ${error.message}`);
      return null;
    }
  });
  if (stacks.every((stack) => answers[stack] === null)) {
    throw new ApiError(404, `${refusals.join('; ')}.`);
  }
  return request.remove === true ? NONE : request.impairment;
}

function directionOf({ query }: ApiRequest): ImpairmentDirection | undefined {
  const direction = query.get('direction');
  if (direction === null) return undefined;
  if (direction === 'in' || direction === 'out') return direction;
  throw new ApiError(400, `direction is ${direction}: it must be in or out.`);
}

/** Where the checked config has the impairment. */
const PLACE = 'wires.wire.impairment';

/** The body has the fields that the config has, so the config's schema checks it. */
async function toImpairment(body: Record<string, unknown>): Promise<ImpairmentSettings> {
  // The schema takes 15 MB: it is loaded where it is used.
  const { validateConfig } = await import('@strata/runtime/config');
  const interfaces = [{ wire: 'wire', addresses: ['192.0.2.2/24'] }];
  const input = { wires: { wire: { impairment: body } }, stacks: { stack: { interfaces } } };
  try {
    const { wires } = validateConfig(input, 'the body');
    const { seed = randomInt(2 ** 32), ...settings } = wires['wire']!.impairment!;
    return { ...settings, seed };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const faults = error.problems.map(({ path, message }) => {
      const field = path.slice(PLACE.length + 1);
      return field === '' ? message : `${field}: ${message}`;
    });
    throw new ApiError(400, `${faults.join('; ')}.`);
  }
}
