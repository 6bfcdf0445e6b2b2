import { joinTail } from '@strata/wire';
import type { NetworkRequest } from './pdu.ts';

/**
 * Joins the request's `tail` to its segment. The tail is data that stayed where the sender wrote
 * it. For callers that are not layers of the stack.
 */
export function wholeRequest(request: NetworkRequest): NetworkRequest {
  if (request.kind !== 'send' || request.tail === undefined) return request;
  return { ...request, segment: joinTail(request.segment, request.tail), tail: undefined };
}
