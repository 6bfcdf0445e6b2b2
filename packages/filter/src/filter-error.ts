/**
 * Thrown for an expression that is not in the language of pcap-filter(7), or that is not supported.
 */
export class FilterError extends Error {
  override readonly name = 'FilterError';
  readonly code = 'FILTER_SYNTAX';
  /** Where the error is in the expression: characters from the start, from 0. */
  readonly position: number;

  constructor(problem: string, expression: string, position: number) {
    super(`${problem}\n  ${expression}\n  ${' '.repeat(position)}^`);
    this.position = position;
  }
}
