import type { ControlErrorCode } from '@strata/contract';

/**
 * A control request that was refused; `code` is the contract's, `errno` Linux's name of the error,
 * where rtnetlink has one: EEXIST.
 */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly code: ControlErrorCode;
  readonly errno: string | undefined;

  constructor(code: ControlErrorCode, message: string, errno?: string | undefined) {
    super(message);
    this.code = code;
    this.errno = errno;
  }
}

/** What the cores' own refusals are, for programs and in Linux's names. */
const REFUSALS: Readonly<Record<string, readonly [ControlErrorCode, string]>> = {
  NETWORK_ROUTE_EXISTS: ['exists', 'EEXIST'],
  NETWORK_NO_ROUTE: ['not-found', 'ENOENT'],
  NETWORK_GATEWAY_UNREACHABLE: ['out-of-range', 'ENETUNREACH'],
  NETWORK_INTERFACE_DOWN: ['out-of-range', 'ENETDOWN'],
  NETWORK_BAD_ROUTE: ['out-of-range', 'EINVAL'],
  NETWORK_BAD_ADDRESS: ['out-of-range', 'EINVAL'],
  LINK_RANGE: ['out-of-range', 'EINVAL'],
};

/** How a reply tells an exception of a handler: its code, and Linux's name of it. */
export function refusalOf(error: unknown): {
  readonly code: ControlErrorCode;
  readonly errno?: string | undefined;
} {
  if (error instanceof ControlError) return error;
  const { name, code } = error as { readonly name?: unknown; readonly code?: unknown };
  if (name === 'ContractError') return { code: 'malformed' };
  if (typeof code !== 'string') return { code: 'failed' };
  const refusal = REFUSALS[code];
  if (refusal !== undefined) return { code: refusal[0], errno: refusal[1] };
  if (code.endsWith('_UNSUPPORTED')) return { code: 'not-supported' };
  return { code: /_(RANGE|BAD_\w+)$/.test(code) ? 'out-of-range' : 'failed' };
}
