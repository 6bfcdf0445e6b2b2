import type { SocketAddress, SocketId, TcpSocketOptions } from '@strata/transport';
import { checkTcpOptions, keepAliveIdleMs } from '../check-options.ts';
import type { ConnectOptions } from './connect-options.ts';

export interface SocketOptions {
  /** Keep the writing side open when the peer has ended its side. Default false. */
  readonly allowHalfOpen?: boolean | undefined;
  /** TCP options that `net` does not have. They override the stack's defaults. */
  readonly tcp?: TcpSocketOptions | undefined;
  readonly noDelay?: boolean | undefined;
  readonly keepAlive?: boolean | undefined;
  /** Milliseconds. */
  readonly keepAliveInitialDelay?: number | undefined;
}

/** High-water mark of Node's streams, octets, for each direction. */
const HIGH_WATER_OCTETS = 65536;

/** The options of a socket's Duplex stream. */
export function streamOptionsOf(options: SocketOptions) {
  return {
    allowHalfOpen: options.allowHalfOpen ?? false,
    emitClose: false,
    decodeStrings: true,
    readableHighWaterMark: HIGH_WATER_OCTETS,
    writableHighWaterMark: HIGH_WATER_OCTETS,
  };
}

/** A connection that a listener was offered. */
export interface OfferedConnection {
  readonly socket: SocketId;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly sendCreditOctets: number;
}

/** A connection that a server takes. */
export interface AcceptedConnection {
  readonly offered: OfferedConnection;
  /**
   * Called once, when the socket is destroyed. It is not a listener of the socket, because the
   * application could remove that.
   */
  readonly onDestroyed: () => void;
}

/**
 * Joins the options of a socket: a later one overrides an earlier one. Adds SO_REUSEADDR, which
 * Node sets on each socket that it binds. Throws ERR_OUT_OF_RANGE.
 */
export function boundOptions(...given: (TcpSocketOptions | undefined)[]): TcpSocketOptions {
  for (const options of given) checkTcpOptions(options);
  return Object.assign({ reuseAddress: true }, ...given);
}

/** The TCP options that Node's options stand for. */
export function optionsOf(options: SocketOptions | ConnectOptions): TcpSocketOptions {
  return {
    ...(options.noDelay == null ? {} : { noDelay: options.noDelay }),
    ...(options.keepAlive == null ? {} : { keepAlive: options.keepAlive }),
    ...keepAliveIdleMs(options.keepAliveInitialDelay),
  };
}
