/**
 * The failures of a TAP device. The codes are stable: programs may compare them.
 *
 * - `TAP_NOT_SUPPORTED`: this operating system or kernel cannot do what was asked.
 * - `TAP_NOT_BUILT`: the native addon is missing or does not load.
 * - `TAP_NO_DEVICE_NODE`: /dev/net/tun is missing.
 * - `TAP_PERMISSION`: the process lacks a permission.
 * - `TAP_NAME_IN_USE`: another interface, or another process's device, has the name.
 * - `TAP_ROUTE_IN_USE`: the host already has a route to the network, whose traffic the device would
 *   take.
 * - `TAP_NAMESPACE`: the network namespace cannot be used.
 * - `TAP_INVALID_OPTION`: an argument is out of its range.
 * - `TAP_ADDRESS_IN_USE`: the interface has the address already.
 * - `TAP_NO_SUCH_ADDRESS`: the interface does not have the address.
 * - `TAP_REMOVED`: somebody has deleted the interface.
 * - `TAP_CLOSED`: the device was closed before.
 * - `TAP_SYSTEM`: any other failure of the system; see `errno`.
 */
export type TapErrorCode =
  | 'TAP_NOT_SUPPORTED'
  | 'TAP_NOT_BUILT'
  | 'TAP_NO_DEVICE_NODE'
  | 'TAP_PERMISSION'
  | 'TAP_NAME_IN_USE'
  | 'TAP_ROUTE_IN_USE'
  | 'TAP_NAMESPACE'
  | 'TAP_INVALID_OPTION'
  | 'TAP_ADDRESS_IN_USE'
  | 'TAP_NO_SUCH_ADDRESS'
  | 'TAP_REMOVED'
  | 'TAP_CLOSED'
  | 'TAP_SYSTEM';

/** A TAP device that cannot be opened, or cannot do what was asked. The message says what to do. */
export class TapError extends Error {
  override readonly name = 'TapError';
  readonly code: TapErrorCode;
  /** The system's error name, such as `EPERM`; undefined: no system call failed. */
  readonly errno: string | undefined;

  constructor(code: TapErrorCode, message: string, errno?: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.errno = errno;
  }
}
