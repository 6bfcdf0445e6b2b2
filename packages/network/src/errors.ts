export type NetworkErrorCode =
  | 'NETWORK_BAD_ADDRESS'
  | 'NETWORK_BAD_INTERFACE'
  | 'NETWORK_BAD_ROUTE'
  | 'NETWORK_ROUTE_EXISTS'
  | 'NETWORK_NO_ROUTE'
  | 'NETWORK_INTERFACE_DOWN'
  | 'NETWORK_GATEWAY_UNREACHABLE'
  | 'NETWORK_BAD_SYSCTL'
  | 'NETWORK_BAD_PROBE';

/**
 * Misuse of the network core by its own side: a bad configuration or a bad command. A peer can
 * never cause it.
 */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly code: NetworkErrorCode;

  constructor(code: NetworkErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
