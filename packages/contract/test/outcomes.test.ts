import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { REASON_TABLES, type Reason, type ReasonRow, VERDICTS } from '@strata/wire';
import {
  layerNumber,
  layerOf,
  reasonEnumName,
  reasonNumber,
  reasonOf,
  verdictNumber,
  verdictOf,
} from '../src/outcomes.ts';

const PROTO = readFileSync(
  fileURLToPath(new URL('../../../proto/strata/v1/outcome.proto', import.meta.url)),
  'utf8',
);

/** Names and numbers of a contract's enum, in order. */
function enumOf(name: string): [string, number][] {
  const [, body = ''] = new RegExp(`enum ${name} \\{([^}]*)\\}`).exec(PROTO) ?? [];
  return [...body.matchAll(/^ {2}(\w+) = (\d+);/gm)].map(([, value, number]) => [
    value!,
    Number(number),
  ]);
}

const rows = Object.entries(REASON_TABLES).flatMap(([table, reasons]) =>
  Object.entries(reasons).map(([reason, row]) => ({
    table,
    reason: reason as Reason,
    row: row as ReasonRow,
  })),
);
const names = [...new Set(rows.map(({ reason }) => reason))];

describe('the reasons of outcomes', () => {
  it('are the same in the contract and in the tables, name by name', () => {
    const contract = enumOf('OutcomeReason').map(([name]) => name);
    expect([...contract].sort()).toEqual(names.map((name) => String(reasonEnumName(name))).sort());
  });

  it('have one number each, and are found by it', () => {
    const numbers = new Map(enumOf('OutcomeReason'));
    for (const name of names) {
      const number = reasonNumber(name);
      expect([name, number]).toEqual([name, numbers.get(String(reasonEnumName(name)))]);
      expect(reasonOf(number)).toBe(name);
    }
    expect(reasonOf(100_000)).toBeUndefined();
  });

  it('never say that the reason is unknown', () => {
    expect(names.filter((name) => /NOT_SPECIFIED|UNKNOWN|OTHER$/.test(name))).toEqual([]);
  });

  it("are Linux's names, or begin with strata/", () => {
    expect(names.filter((name) => !/^(strata\/)?[A-Z][A-Z0-9_]*$/.test(name))).toEqual([]);
  });

  it('mean the same in every layer', () => {
    for (const { reason, row } of rows) {
      const others = rows.filter((other) => other.reason === reason);
      for (const other of others) expect([reason, other.row.means]).toEqual([reason, row.means]);
    }
  });

  it('are one sentence each', () => {
    for (const { reason, row } of rows) {
      expect([reason, row.means]).toEqual([reason, expect.stringMatching(/^[A-Z2].*\.$/)]);
    }
  });
});

describe('verdicts and layers', () => {
  it('are in the order of the contract', () => {
    const verdicts = VERDICTS.map((verdict) => verdict.toUpperCase().replace(' ', '_'));
    expect(enumOf('OutcomeVerdict')).toEqual(
      verdicts.map((verdict, number) => [`OUTCOME_VERDICT_${verdict}`, number]),
    );
    for (const verdict of VERDICTS) expect(verdictOf(verdictNumber(verdict))).toBe(verdict);
    const layers = ['link', 'network', 'transport'] as const;
    expect(enumOf('OutcomeLayer')).toEqual(
      layers.map((layer, number) => [`OUTCOME_LAYER_${layer.toUpperCase()}`, number]),
    );
    for (const layer of layers) expect(layerOf(layerNumber(layer))).toBe(layer);
  });
});
