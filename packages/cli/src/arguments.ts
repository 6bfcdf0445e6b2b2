import { isToken } from '@strata/contract/names';
import { hint, isNatsServer } from '@strata/runtime/names';
import { InvalidArgumentError } from 'commander';

/** A whole number from `least` to `most`. */
export function integer(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It should be a whole number from ${least} to ${most}.`);
  };
}

/** A TCP port. 0: any free port. */
export const port = integer(0, 65535);

/** One of `choices`. */
export function choice<Choice extends string>(
  choices: readonly Choice[],
): (text: string) => Choice {
  return (text) => {
    const found = choices.find((known) => known === text);
    if (found !== undefined) return found;
    const wanted = `It should be one of: ${choices.join(', ')}`;
    throw new InvalidArgumentError(`${wanted}${hint(text, choices)}.`);
  };
}

/** One of `choices`, appended to the values of earlier uses of the option. */
export function oneOf<Choice extends string>(
  choices: readonly Choice[],
): (text: string, before?: readonly Choice[]) => Choice[] {
  const parse = choice(choices);
  return (text, before = []) => [...before, parse(text)];
}

/** A name of a stack, appended to the values of earlier uses of the option. */
export function names(text: string, before: readonly string[] = []): string[] {
  if (isToken(text)) return [...before, text];
  throw new InvalidArgumentError('It should be a name of letters, digits, - and _.');
}

/** The name of a network namespace: a safe subset of the names that `ip netns add` accepts. */
export function namespace(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(text)) return text;
  throw new InvalidArgumentError('It should be a name of letters, digits, dots, - and _.');
}

/** One or several NATS servers, with commas between them. */
export function natsServers(text: string): string {
  if (text.split(',').every(isNatsServer)) return text;
  throw new InvalidArgumentError(
    'It should look like nats://127.0.0.1:4222; separate several with commas.',
  );
}

/** An HTTP address. */
export function httpUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:') return url;
  throw new InvalidArgumentError('It should look like http://127.0.0.1:7777.');
}
