import type { SocketAddress, SocketId, TcpSocketOptions } from '@strata/transport';
import { checkTcpOptions, keepAliveIdleMs } from '../check-options.ts';
import type { ConnectOptions } from './connect-options.ts';

export interface SocketOptions {
  /** Keep the writing side open when the peer has ended its side. Default false. */
  readonly allowHalfOpen?: boolean | undefined;
  /** Options of TCP beyond what `net` has; they win over the stack's defaults. */
  readonly tcp?: TcpSocketOptions | undefined;
  readonly noDelay?: boolean | undefined;
  readonly keepAlive?: boolean | undefined;
  /** Milliseconds. */
  readonly keepAliveInitialDelay?: number | undefined;
}

/** Octets that Node's streams gather on each side before they say that it is enough. */
const HIGH_WATER_OCTETS = 65536;

/** How a socket is a stream. */
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
   * Called once, as the socket is destroyed: a listener on the socket itself is the application's
   * to remove.
   */
  readonly onDestroyed: () => void;
}

/**
 * The options of a socket, the later the stronger, beside what Node sets on each that it binds:
 * SO_REUSEADDR. Throws ERR_OUT_OF_RANGE.
 */
export function boundOptions(...given: (TcpSocketOptions | undefined)[]): TcpSocketOptions {
  for (const options of given) checkTcpOptions(options);
  return Object.assign({ reuseAddress: true }, ...given);
}

/** What Node's options mean for TCP. */
export function optionsOf(options: SocketOptions | ConnectOptions): TcpSocketOptions {
  return {
    ...(options.noDelay == null ? {} : { noDelay: options.noDelay }),
    ...(options.keepAlive == null ? {} : { keepAlive: options.keepAlive }),
    ...keepAliveIdleMs(options.keepAliveInitialDelay),
  };
}
