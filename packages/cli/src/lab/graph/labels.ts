/** Labels of a lab's drawing. */
import type { ImpairmentConfig, WireConfig } from '@strata/runtime';

const DEFAULT_MTU = 1500;
const DEFAULT_LIMIT_FRAMES = 1000;

/** A wire's name, and what is special about it, one line each. */
export function describeWire(name: string, { mtu, impairment }: WireConfig): string[] {
  return [name, ...(mtu === DEFAULT_MTU ? [] : [`MTU ${mtu}`]), ...describeImpairment(impairment)];
}

/** An impairment in short words: `delay 20 ms`, `loss 2%`, `10 Mbit/s`. */
export function describeImpairment(impairment: ImpairmentConfig | undefined): string[] {
  if (impairment === undefined) return [];
  const { delayMs, jitterMs, rateBitsPerSecond, limitFrames } = impairment;
  const jitter = jitterMs === 0 ? '' : ` ± ${jitterMs} ms`;
  const lines = [
    ...(delayMs === 0 && jitterMs === 0 ? [] : [`delay ${delayMs} ms${jitter}`]),
    ...(rateBitsPerSecond === 0 ? [] : [formatRate(rateBitsPerSecond)]),
    ...RATIOS.filter(([field]) => impairment[field] > 0).map(
      ([field, word]) => `${word} ${formatPercent(impairment[field])}`,
    ),
  ];
  if (impairment.lossModel !== undefined) lines.push(LOSS_MODELS[impairment.lossModel.kind]);
  if (impairment.slot !== undefined) lines.push('slots');
  if (limitFrames !== DEFAULT_LIMIT_FRAMES) lines.push(`queue ${limitFrames} frames`);
  return lines;
}

const LOSS_MODELS = { state: 'loss by states', gemodel: 'loss in bursts' } as const;

const RATIOS = [
  ['lossRatio', 'loss'],
  ['duplicateRatio', 'duplicate'],
  ['reorderRatio', 'reorder'],
  ['corruptRatio', 'corrupt'],
  ['ceMarkRatio', 'ECN mark'],
] as const;

function formatPercent(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(6))}%`;
}

const UNITS = [
  [1e9, 'Gbit/s'],
  [1e6, 'Mbit/s'],
  [1e3, 'kbit/s'],
] as const;

function formatRate(bitsPerSecond: number): string {
  const [size, unit] = UNITS.find(([least]) => bitsPerSecond >= least) ?? [1, 'bit/s'];
  return `${Number((bitsPerSecond / size).toPrecision(6))} ${unit}`;
}
