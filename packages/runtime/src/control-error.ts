import type { ControlErrorCode } from '@strata/contract';

/** A control request that was refused; `code` is the contract's. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly code: ControlErrorCode;

  constructor(code: ControlErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
