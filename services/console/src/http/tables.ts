import { BusError } from '@strata/bus';
import { SOCKET_STATES, type SocketFilter } from '@strata/contract';
import { askControl, ControlError } from '@strata/runtime';
import { PORTED_PROTOCOLS } from '@strata/wire';
import {
  readableInterface,
  readableNeighbour,
  readableRoute,
  readableSocket,
} from '../control/readable.ts';
import { ApiError } from './api-error.ts';
import { type ApiHandler, type ApiRequest, integerOf, stacksOf } from './route.ts';

/** Layers with counters. */
const CONTROL_LAYERS = ['link', 'network', 'transport', 'application'] as const;

function ask<Kind extends 'interfaces' | 'neighbours' | 'routes'>(
  api: ApiRequest,
  stack: string,
  layer: string,
  kind: Kind,
) {
  return explained(stack, askControl(api.context.bus, stack, layer, { kind }, kind));
}

/** GET /api/interfaces: the interfaces of each stack, by the stack's name. */
export const getInterfaces: ApiHandler = (api) =>
  ofEachStack(api, async (stack) => {
    const reply = await ask(api, stack, 'link', 'interfaces');
    return reply.interfaces.map(readableInterface);
  });

export const getNeighbours: ApiHandler = (api) =>
  ofEachStack(api, async (stack) => {
    const reply = await ask(api, stack, 'link', 'neighbours');
    return reply.neighbours.map(readableNeighbour);
  });

export const getRoutes: ApiHandler = (api) =>
  ofEachStack(api, async (stack) => {
    const reply = await ask(api, stack, 'network', 'routes');
    return reply.routes.map(readableRoute);
  });

/**
 * GET /api/sockets?socket=ID&protocol=tcp&state=ESTABLISHED: the sockets that match; `state` may be
 * repeated.
 */
export const getSockets: ApiHandler = (api) => {
  const filter = socketFilterOf(api.query);
  return ofEachStack(api, async (stack) => {
    const request = { kind: 'sockets', ...filter } as const;
    const { bus } = api.context;
    const asked = askControl(bus, stack, 'transport', request, 'sockets');
    return (await explained(stack, asked)).sockets.map(readableSocket);
  });
};

const PROTOCOLS: Readonly<Record<string, number>> = Object.fromEntries(
  PORTED_PROTOCOLS.map(({ name, number }) => [name.toLowerCase(), number]),
);

function socketFilterOf(query: URLSearchParams): SocketFilter {
  const socket = integerOf(query, 'socket', 1, Number.MAX_SAFE_INTEGER, 0) || undefined;
  const protocol = query.has('protocol')
    ? PROTOCOLS[choiceOf('protocol', query.get('protocol')!, Object.keys(PROTOCOLS))]
    : undefined;
  const states = query.getAll('state').map((state) => choiceOf('state', state, SOCKET_STATES));
  return { socket, protocol, states };
}

function choiceOf<Choice extends string>(
  name: string,
  value: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((known) => known === value);
  if (choice !== undefined) return choice;
  throw new ApiError(400, `${name} is ${value}: it must be one of ${choices.join(', ')}.`);
}

/**
 * GET /api/counters: the counters of each layer of each stack; null for a layer that does not
 * answer.
 */
export const getCounters: ApiHandler = (api) =>
  ofEachStack(api, async (stack) => {
    const { bus } = api.context;
    const all = await Promise.allSettled(
      CONTROL_LAYERS.map((layer) =>
        askControl(bus, stack, layer, { kind: 'counters' }, 'counters'),
      ),
    );
    return Object.fromEntries(
      CONTROL_LAYERS.map((layer, index) => {
        const result = all[index]!;
        return [layer, result.status === 'fulfilled' ? result.value.counters : null];
      }),
    );
  });

/**
 * The answers of the stacks, by name. If the request names stacks, each must answer. Without names,
 * a stack that does not answer gets null, because the config may have stacks that are not running;
 * but at least one stack must answer.
 */
export async function ofEachStack<Answer>(
  api: ApiRequest,
  ask: (stack: string) => Promise<Answer>,
): Promise<Record<string, Answer | null>> {
  const stacks = stacksOf(api);
  const results = await Promise.allSettled(stacks.map(ask));
  const needsAll = api.query.has('stack') || results.every(isFailure);
  const answers = results.map((result, index) => {
    if (result.status === 'rejected' && (needsAll || !isSilence(result.reason)))
      throw result.reason;
    return [stacks[index]!, result.status === 'fulfilled' ? result.value : null] as const;
  });
  return Object.fromEntries(answers);
}

function isFailure({ status }: PromiseSettledResult<unknown>): boolean {
  return status === 'rejected';
}

/** Whether there was no answer in time. */
function isSilence(error: unknown): boolean {
  return error instanceof ApiError && error.status === 503;
}

/**
 * Resolves to the answer, or throws the reason as an ApiError. `notFound` is the status for the
 * layer's error 'not-found'. A request without a name gets that error only if the layer is not
 * running; so the default is 503.
 */
export async function explained<Answer>(
  stack: string,
  asked: Promise<Answer>,
  notFound: 404 | 503 = 503,
): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ControlError) {
      const status = error.code === 'not-found' && error.errno === undefined ? notFound : 400;
      throw new ApiError(status, `${stack}: ${error.message}`, error.errno);
    }
    if (error instanceof BusError) throw new ApiError(503, `${stack}: ${error.message}`);
    throw error;
  }
}
