import type { TransportContext } from '../context.ts';
import { initialSequenceNumber, timestampOffset } from '../isn.ts';
import type { SocketAddress, SocketId, TcpSocketOptions } from '../pdu.ts';
import { congestionControl } from './congestion/registry.ts';
import { firstReceiveBuffer } from './receive-autotune.ts';
import { createTcb, DEFAULT_MSS_OCTETS, type Tcb, type TcpState } from './tcb.ts';

/** Who a new connection is. */
export interface OpenParameters {
  readonly socket: SocketId;
  readonly endpoint: string;
  readonly listener: SocketId;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly state: TcpState;
  readonly options: TcpSocketOptions;
}

/** A TCB with its initial sequence number (RFC 9293 3.4.1, MUST-8) and the sizes that the knobs say. */
export function openTcb(context: TransportContext, open: OpenParameters, nowMs: number): Tcb {
  const { sysctl, secret } = context;
  const control = congestionControl(
    open.options.congestionControl ?? sysctl.tcp_congestion_control,
  );
  return createTcb({
    ...open,
    iss: initialSequenceNumber(secret, open.local, open.remote, nowMs),
    pathMtuOctets: context.addresses.mtuOf(open.local.address),
    rcvBufferOctets: firstReceiveBuffer(open.options.receiveBufferOctets, sysctl),
    timestampOffset: timestampOffset(secret, open.local.address, open.remote.address),
    congestion: control.create(DEFAULT_MSS_OCTETS),
    nowMs,
  });
}

const SHARDS = 64;
const SOCKET_ID_SPACE = 2 ** 47;

/** A socket id that is not in use, in this shard. */
export function newSocketId(
  random: () => number,
  shard: number,
  isTaken: (socket: SocketId) => boolean,
): SocketId {
  for (;;) {
    const socket = Math.floor(random() * SOCKET_ID_SPACE) * SHARDS + shard;
    if (socket !== 0 && !isTaken(socket)) return socket;
  }
}

/** The shard that a connection's socket id carries: the same that network computes from its packets. */
export type ShardOf = (local: SocketAddress, remote: SocketAddress) => number;
