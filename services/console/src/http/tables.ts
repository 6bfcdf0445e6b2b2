import { BusError } from '@strata/bus';
import { askLayer, CONTROL_LAYERS, ControlRefused } from '../control/ask-layer.ts';
import {
  readableInterface,
  readableNeighbour,
  readableRoute,
  readableSocket,
} from '../control/readable.ts';
import { ApiError } from './api-error.ts';
import { type ApiHandler, type ApiRequest, stacksOf } from './route.ts';

/** GET /api/interfaces: those of each stack, by its name. */
export const getInterfaces: ApiHandler = (api) =>
  ofEachStack(api, async (stack) => {
    const reply = await askLayer(api.context.bus, stack, 'link', { kind: 'interfaces' });
    return reply.interfaces.map(readableInterface);
  });

export const getNeighbours: ApiHandler = (api) =>
  ofEachStack(api, async (stack) => {
    const reply = await askLayer(api.context.bus, stack, 'link', { kind: 'neighbours' });
    return reply.neighbours.map(readableNeighbour);
  });

export const getRoutes: ApiHandler = (api) =>
  ofEachStack(api, async (stack) => {
    const reply = await askLayer(api.context.bus, stack, 'network', { kind: 'routes' });
    return reply.routes.map(readableRoute);
  });

export const getSockets: ApiHandler = (api) =>
  ofEachStack(api, async (stack) => {
    const reply = await askLayer(api.context.bus, stack, 'transport', { kind: 'sockets' });
    return reply.sockets.map(readableSocket);
  });

/** GET /api/counters: of each layer of each stack; null where a layer does not answer. */
export const getCounters: ApiHandler = (api) =>
  ofEachStack(api, async (stack) => {
    const { bus } = api.context;
    const all = await Promise.allSettled(
      CONTROL_LAYERS.map((layer) => askLayer(bus, stack, layer, { kind: 'counters' })),
    );
    return Object.fromEntries(
      CONTROL_LAYERS.map((layer, index) => {
        const result = all[index]!;
        return [layer, result.status === 'fulfilled' ? result.value.counters : null];
      }),
    );
  });

/** The answers of all stacks by name. A stack that fails fails the request: half an answer would look like a whole one. */
export async function ofEachStack<Answer>(
  api: ApiRequest,
  ask: (stack: string) => Promise<Answer>,
): Promise<Record<string, Answer>> {
  const stacks = stacksOf(api);
  const answers = await Promise.all(
    stacks.map(async (stack) => [stack, await explained(stack, ask(stack))] as const),
  );
  return Object.fromEntries(answers);
}

/** The answer, or why there is none as an ApiError. */
export async function explained<Answer>(stack: string, asked: Promise<Answer>): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ControlRefused) {
      throw new ApiError(error.code === 'not-found' ? 404 : 400, `${stack}: ${error.message}`);
    }
    if (error instanceof BusError) throw new ApiError(503, `${stack}: ${error.message}`);
    throw error;
  }
}
