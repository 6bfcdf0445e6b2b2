import { type AddressType, type IpAddress, isUnspecified } from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { LOOPBACK_INDEX } from '../interfaces.ts';
import { findPath, type NoPath } from './paths.ts';

/** What `ip route get` tells of a destination. */
export type RouteAnswer =
  | {
      readonly kind: 'path';
      /** `local`: the stack itself. */
      readonly type: AddressType | 'local';
      /** Undefined: the destination is on the link. */
      readonly via: IpAddress | undefined;
      /** 0: loopback. */
      readonly interfaceIndex: number;
      /** 0.0.0.0: there is none. */
      readonly source: IpAddress;
      /** Octets of the largest packet. */
      readonly mtu: number;
      /** When the path's own MTU is forgotten; undefined: the interface's or the route's holds. */
      readonly mtuExpiresAtMs: number | undefined;
      /** Whether a redirect named the gateway. */
      readonly isRedirected: boolean;
    }
  /** There is no way: why, and for `source`: the source address is not ours. */
  | { readonly kind: 'none'; readonly why: NoPath | 'source' };

/** The way to a destination. `interfaceIndex`: 0, or the interface to use. */
export function routeTo(
  context: NetworkContext,
  destination: IpAddress,
  source: IpAddress,
  interfaceIndex: number,
  nowMs: number,
): RouteAnswer {
  const { interfaces, exceptions } = context;
  if (!isUnspecified(source) && !interfaces.isOwn(source)) return { kind: 'none', why: 'source' };
  const path = findPath(context, source, destination, interfaceIndex, nowMs);
  if (typeof path === 'string') return { kind: 'none', why: path };
  const { index } = path.interface;
  const isLocal = index === LOOPBACK_INDEX;
  const exception = isLocal ? undefined : exceptions.find(destination, nowMs);
  const isLearnt = exception !== undefined && exception.mtu !== 0 && exception.mtu === path.mtu;
  return {
    kind: 'path',
    type: isLocal ? 'local' : path.cast,
    via: path.cast !== 'unicast' || path.nextHop === destination ? undefined : path.nextHop,
    interfaceIndex: index,
    source: isUnspecified(source) ? path.source : source,
    mtu: path.mtu,
    mtuExpiresAtMs: isLearnt ? exception.mtuExpiresAtMs : undefined,
    isRedirected: exception?.gateway !== undefined,
  };
}
