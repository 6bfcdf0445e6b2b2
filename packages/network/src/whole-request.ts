import { joinTail } from '@strata/wire';
import type { NetworkRequest } from './pdu.ts';

/**
 * The request with the data that it left where it was written joined to its segment: for who is no
 * stack of layers.
 */
export function wholeRequest(request: NetworkRequest): NetworkRequest {
  if (request.kind !== 'send' || request.tail === undefined) return request;
  return { ...request, segment: joinTail(request.segment, request.tail), tail: undefined };
}
