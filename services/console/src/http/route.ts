import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Bus } from '@strata/bus';
import { hint } from '@strata/runtime';
import { ApiError } from './api-error.ts';

/** The part of the config that the API needs. */
export interface ApiConfig {
  /** By name; the first is the default. */
  readonly stacks: Readonly<Record<string, unknown>>;
  /** Virtual wires by name. Default: none. */
  readonly wires?: Readonly<Record<string, unknown>> | undefined;
}

/** What the API's handlers need. */
export interface ApiContext {
  readonly bus: Bus;
  readonly config: ApiConfig;
}

/** A request of the API. */
export interface ApiRequest {
  readonly context: ApiContext;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
}

/**
 * Answers a request. A returned value is sent as JSON; undefined means that the handler answers
 * itself.
 */
export type ApiHandler = (api: ApiRequest) => Promise<unknown> | unknown;

/** Handlers by path and method. */
export type ApiRoutes = Readonly<Record<string, Readonly<Partial<Record<string, ApiHandler>>>>>;

/** The stacks that `?stack=` names, or all. Throws ApiError if there is no such stack. */
export function stacksOf({ context, query }: ApiRequest): string[] {
  const known = Object.keys(context.config.stacks);
  const wanted = query.getAll('stack');
  for (const stack of wanted) {
    if (known.includes(stack)) continue;
    throw new ApiError(
      404,
      `there is no stack ${stack}; there is: ${known.join(', ')}${hint(stack, known)}.`,
    );
  }
  return wanted.length === 0 ? known : wanted;
}

/**
 * The one stack that `?stack=` names. It may be absent if there is only one stack. Throws ApiError.
 */
export function stackOf(api: ApiRequest): string {
  const stacks = stacksOf(api);
  const [stack] = stacks;
  if (stack !== undefined && stacks.length === 1) return stack;
  throw new ApiError(400, `name the stack: ?stack=${stacks.join(' or ?stack=')}.`);
}

/**
 * A whole number in the query, from `least` to `most`; `otherwise` if it is absent. Throws
 * ApiError.
 */
export function integerOf(
  query: URLSearchParams,
  name: string,
  least: number,
  most: number,
  otherwise: number,
): number {
  const text = query.get(name);
  if (text === null) return otherwise;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new ApiError(
    400,
    `${name} is ${text}: it must be a whole number from ${least} to ${most}.`,
  );
}
