import { isMulticastIpv4, isUnspecified } from '@strata/wire';
import type { UdpContext } from '../udp/udp-context.ts';
import type { UdpSocketState } from '../udp/udp-socket.ts';
import { inUse, type ProtocolHandover, type TakeIn } from './protocol-handover.ts';
import type { HandoverSelection } from './record.ts';
import { DATAGRAM_SOCKET } from './table-fields.ts';
import { read, write } from './walk.ts';

/** How UDP's sockets are carried. */
export function udpHandover(udp: UdpContext): ProtocolHandover {
  const { sockets } = udp;
  return {
    choose: (which) =>
      chosenSockets(udp, which).map((state) => ({
        record: (nowMs) => ({ datagramSocket: write(DATAGRAM_SOCKET, state, nowMs) }),
        release: () => sockets.remove(state),
      })),
    takers: { datagramSocket: takeIn(udp) },
    isTaken: (socket) => sockets.get(socket) !== undefined,
  };
}

function chosenSockets({ sockets }: UdpContext, which: HandoverSelection): UdpSocketState[] {
  if (typeof which === 'number') {
    const state = sockets.get(which);
    return state === undefined ? [] : [state];
  }
  return [...sockets.all()].filter(({ socket, local }) =>
    which({ kind: 'datagram socket', socket, local, remote: undefined, shard: undefined }),
  );
}

function takeIn({ sockets, addresses }: UdpContext): TakeIn {
  return (message, baseMs, checks) => {
    const state = read(DATAGRAM_SOCKET, message, baseMs);
    checks.socket(state.socket);
    const { address } = state.local;
    const isShared =
      isUnspecified(address) || isMulticastIpv4(address) || addresses.isBroadcast(address);
    if (!isShared) checks.own(state.local);
    if (sockets.conflicts(state.local, state.reuseAddress)) throw inUse(state.local);
    sockets.add(state);
    // Network hears of its groups now: what the other stack told it may be forgotten.
    if (state.groups.length > 0) sockets.repeatAtMs = baseMs;
  };
}
