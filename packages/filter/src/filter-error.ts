/** Thrown for an expression that is not in the language of pcap-filter(7), or not supported. */
export class FilterError extends Error {
  override readonly name = 'FilterError';
  readonly code = 'FILTER_SYNTAX';
  /** Where in the expression the fault is: characters from its start, from 0. */
  readonly position: number;

  constructor(problem: string, expression: string, position: number) {
    super(`${problem}\n  ${expression}\n  ${' '.repeat(position)}^`);
    this.position = position;
  }
}
