import { ContractError } from './channel.ts';

/** Most octets of the name of a stack, a wire, a port or an endpoint. */
export const TOKEN_MAX_OCTETS = 64;

/** Whether the text can be one token of a NATS subject: 1 to 64 of A-Z, a-z, 0-9, `-` and `_`. */
export function isToken(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(text);
}

/**
 * Returns the text. Throws ContractError (CONTRACT_RANGE) if it is not a token. `what`: the name of
 * the value in the error.
 */
export function checkToken(what: string, text: string): string {
  if (isToken(text)) return text;
  throw new ContractError(
    'CONTRACT_RANGE',
    `${what} is ${JSON.stringify(text)}: must be 1 to ${TOKEN_MAX_OCTETS} of A-Z, a-z, 0-9, "-" and "_"`,
  );
}
