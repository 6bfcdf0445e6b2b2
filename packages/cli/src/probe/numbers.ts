import { InvalidArgumentError } from 'commander';

/** A number, with or without a fraction, from `least` to `most`. `unit`: `a number of seconds`. */
export function decimal(least: number, most: number, unit: string): (text: string) => number {
  return (text) => {
    const value = /^\d+(?:\.\d*)?$|^\.\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It should be ${unit} from ${least} to ${most}.`);
  };
}

/** A whole number, decimal or with 0x in front, from `least` to `most`. */
export function integerOrHex(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^(?:\d{1,10}|0x[\da-f]{1,8})$/i.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(
      `It should be a whole number from ${least} to ${most}, decimal or as 0x10.`,
    );
  };
}
