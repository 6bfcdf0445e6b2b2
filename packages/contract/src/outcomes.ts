/** The contract's numbers for the outcomes of cores (proto/strata/v1/outcome.proto), and back. */
import { type Layer, REASON_TABLES, type Reason, VERDICTS, type Verdict } from '@strata/wire';
import { strata } from './gen/strata.js';

/** In the order of the enum's numbers. */
const LAYERS: readonly Layer[] = ['link', 'network', 'transport'];

const PREFIX = 'OUTCOME_REASON_';

/** The name of a reason in the contract. `strata/NAME` becomes STRATA_NAME. */
export function reasonEnumName(reason: Reason): keyof typeof strata.v1.OutcomeReason {
  const name = `${PREFIX}${reason.replace('strata/', 'STRATA_')}`;
  return name as keyof typeof strata.v1.OutcomeReason;
}

const NUMBERS = new Map<Reason, number>();
const REASONS = new Map<number, Reason>();
for (const table of Object.values(REASON_TABLES)) {
  for (const reason of Object.keys(table) as Reason[]) {
    const number = strata.v1.OutcomeReason[reasonEnumName(reason)];
    NUMBERS.set(reason, number);
    REASONS.set(number, reason);
  }
}

/** The number of a reason in the contract. */
export function reasonNumber(reason: Reason): number {
  return NUMBERS.get(reason)!;
}

/** The reason with a number. Undefined: this version of the contract has no such number. */
export function reasonOf(number: number): Reason | undefined {
  return REASONS.get(number);
}

export function verdictNumber(verdict: Verdict): number {
  return VERDICTS.indexOf(verdict);
}

/** The verdict with a number. Undefined: the contract has no such number. */
export function verdictOf(number: number): Verdict | undefined {
  return VERDICTS[number];
}

export function layerNumber(layer: Layer): number {
  return LAYERS.indexOf(layer);
}

/** The layer with a number. Undefined: the contract has no such number. */
export function layerOf(number: number): Layer | undefined {
  return LAYERS[number];
}
