/** Serves and asks a layer's control endpoints (proto/strata/v1/control.proto). */
import { type Bus, BusError, type RunningService } from '@strata/bus';
import {
  type ControlEndpoint,
  type ControlReply,
  type ControlRequest,
  controlSubject,
  decodeControlReply,
  decodeControlRequest,
  encodeControlReply,
  encodeControlRequest,
} from '@strata/contract';
import { ControlError, refusalOf } from './control-error.ts';
import type { Logger } from './log.ts';
import { STRATA_VERSION } from './names.ts';
import type { Health } from './running.ts';
import type { SysctlStore } from './sysctl-store.ts';

/** Answers endpoints. An exception becomes an error reply. A ControlError keeps its code. */
export type ControlHandlers = {
  readonly [Kind in ControlEndpoint]?: (
    request: Extract<ControlRequest, { kind: Kind }>,
  ) => ControlReply | Promise<ControlReply>;
};

export interface ControlOptions {
  readonly bus: Bus;
  readonly stack: string;
  /** `link`, `network`, `transport`, `application`. */
  readonly layer: string;
  readonly log: Logger;
  health(): Health;
  counters(): Readonly<Record<string, number>>;
  /** The layer's knobs. Undefined: none. */
  readonly sysctl?: SysctlStore | undefined;
  /** What the layer answers beside `health`, `counters` and `sysctl-*`. */
  readonly handlers?: ControlHandlers | undefined;
}

export interface ControlService extends RunningService {
  /** From now on `health` answers that the layer is draining. */
  drain(): void;
}

/** Serves a layer's control endpoints as the micro-service `strata-<layer>`. */
export function serveControl(options: ControlOptions): ControlService {
  const { bus, stack, layer } = options;
  let isDraining = false;
  const handlers = { ...commonHandlers(options, () => isDraining), ...options.handlers };
  const endpoints = Object.keys(handlers).map((endpoint) => [
    endpoint,
    {
      subject: controlSubject(stack, layer, endpoint),
      handler: (body: Uint8Array) => answer(handlers, body, options),
    },
  ]);
  const service = bus.serve({
    name: `strata-${layer}`,
    version: STRATA_VERSION,
    description: `The ${layer} layer of stack ${stack}`,
    metadata: { stack, layer },
    endpoints: Object.fromEntries(endpoints),
  });
  return {
    drain: () => {
      isDraining = true;
    },
    stop: () => service.stop(),
  };
}

function commonHandlers(
  { layer, health, counters, sysctl }: ControlOptions,
  isDraining: () => boolean,
): ControlHandlers {
  const startedMs = performance.now();
  return {
    counters: () => ({ kind: 'counters', counters: counters() }),
    health: () => {
      const { ok, reasons } = health();
      return {
        kind: 'health',
        health: {
          status: isDraining() ? 'draining' : ok ? 'ready' : 'failing',
          layer,
          version: STRATA_VERSION,
          uptimeMs: Math.floor(performance.now() - startedMs),
          detail: reasons.join('; '),
        },
      };
    },
    ...(sysctl === undefined
      ? {}
      : {
          'sysctl-get': ({ names }) => ({ kind: 'sysctls', sysctls: sysctl.list(names) }),
          'sysctl-set': ({ name, value }) => ({
            kind: 'sysctls',
            sysctls: [sysctl.set(name, value)],
          }),
        }),
  };
}

async function answer(
  handlers: ControlHandlers,
  body: Uint8Array,
  { layer, log }: ControlOptions,
): Promise<Uint8Array> {
  try {
    const request = decodeControlRequest(body);
    const handler = handlers[request.kind] as
      | ((request: ControlRequest) => ControlReply | Promise<ControlReply>)
      | undefined;
    if (handler === undefined) {
      throw new ControlError('not-supported', `${layer} does not answer ${request.kind}`);
    }
    return encodeControlReply(await handler(request));
  } catch (error) {
    const { code, errno } = refusalOf(error);
    if (code === 'failed') log.error({ err: error, layer }, 'a control request failed');
    const message = error instanceof Error ? error.message : String(error);
    return encodeControlReply({ kind: 'error', code, message, errno });
  }
}

/** Default time for a layer to answer. */
const CONTROL_TIMEOUT_MS = 2000;

/**
 * Asks a layer of a stack and waits `timeoutMs` for the answer. Rejects with ControlError if the
 * layer refuses, with its code `not-found` if the layer does not run, and with BusError if the bus
 * is disconnected.
 */
export async function askControl<Kind extends ControlReply['kind']>(
  bus: Bus,
  stack: string,
  layer: string,
  request: ControlRequest,
  wanted: Kind,
  timeoutMs = CONTROL_TIMEOUT_MS,
): Promise<Extract<ControlReply, { kind: Kind }>> {
  const subject = controlSubject(stack, layer, request.kind);
  let body: Uint8Array;
  try {
    body = await bus.request(subject, encodeControlRequest(request), timeoutMs);
  } catch (error) {
    if (!(error instanceof BusError) || error.code !== 'BUS_NO_RESPONDERS') throw error;
    throw new ControlError('not-found', `nobody serves ${layer} of stack ${stack}`);
  }
  const reply = decodeControlReply(body);
  if (reply.kind === 'error') throw new ControlError(reply.code, reply.message, reply.errno);
  if (reply.kind !== wanted) {
    throw new ControlError('malformed', `${layer} answered ${reply.kind} to ${request.kind}`);
  }
  return reply as Extract<ControlReply, { kind: Kind }>;
}
