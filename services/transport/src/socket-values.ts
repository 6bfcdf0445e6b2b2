import type { SocketFilter as ControlFilter } from '@strata/contract';
import {
  type SocketEntry,
  type SocketFilter,
  type SocketInfo,
  toSocketEntry,
} from '@strata/transport';
import { PROTOCOL_TCP, PROTOCOL_UDP } from '@strata/wire';

/** The sockets that a request asks for. `list`: the core's list. */
export function listControlSockets(
  { socket, protocol, states }: ControlFilter,
  list: (filter: SocketFilter) => readonly SocketInfo[],
): SocketEntry[] {
  const name = protocol === undefined ? undefined : PROTOCOLS.get(protocol);
  // No socket has an unknown protocol.
  if (protocol !== undefined && name === undefined) return [];
  const wanted = states?.length
    ? new Set(states.map((state) => (state === 'UNCONNECTED' ? 'UNCONN' : state)))
    : undefined;
  return list({ socket, protocol: name, states: wanted }).map(toSocketEntry);
}

const PROTOCOLS: ReadonlyMap<number, SocketInfo['protocol']> = new Map([
  [PROTOCOL_TCP, 'tcp'],
  [PROTOCOL_UDP, 'udp'],
]);
