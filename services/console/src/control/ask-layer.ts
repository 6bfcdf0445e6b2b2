import type { Bus } from '@strata/bus';
import {
  type ControlErrorCode,
  type ControlReply,
  type ControlRequest,
  controlSubject,
  decodeControlReply,
  encodeControlRequest,
} from '@strata/contract';

/** Layers that answer control requests. */
export const CONTROL_LAYERS = ['link', 'network', 'transport', 'application'] as const;

export type ControlLayer = (typeof CONTROL_LAYERS)[number];

const TIMEOUT_MS = 2000;

/** Raised where a layer refuses a request. */
export class ControlRefused extends Error {
  override readonly name = 'ControlRefused';
  readonly code: ControlErrorCode;

  constructor(code: ControlErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** What a request of that kind is answered with. */
export type ReplyTo<Kind extends ControlRequest['kind']> = Extract<
  ControlReply,
  {
    readonly kind: Kind extends 'sysctl-get' | 'sysctl-set'
      ? 'sysctls'
      : Kind extends 'impairment-get' | 'impairment-set'
        ? 'impairment'
        : Kind;
  }
>;

/**
 * Asks a layer of a stack. Rejects with ControlRefused where it refuses, and with BusError where nobody answers within 2 s.
 */
export async function askLayer<Request extends ControlRequest>(
  bus: Bus,
  stack: string,
  layer: ControlLayer,
  request: Request,
): Promise<ReplyTo<Request['kind']>> {
  const subject = controlSubject(stack, layer, request.kind);
  const bytes = await bus.request(subject, encodeControlRequest(request), TIMEOUT_MS);
  const reply = decodeControlReply(bytes);
  if (reply.kind === 'error') throw new ControlRefused(reply.code, reply.message);
  return reply as ReplyTo<Request['kind']>;
}
