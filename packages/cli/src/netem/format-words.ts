/** An impairment in tc's words, as `tc qdisc show` prints them. `parseWords` reads them again. */
import type { ImpairmentSettings } from '@strata/contract';
import { formatPercent, formatRate, formatTime } from './units.ts';

export function formatWords(settings: ImpairmentSettings): string {
  return [
    `limit ${settings.limitFrames ?? 1000}`,
    ...delayWords(settings),
    ...lossWords(settings),
    ...shareWords('duplicate', settings.duplicateRatio, settings.duplicateCorrelation),
    ...shareWords('reorder', settings.reorderRatio, settings.reorderCorrelation),
    ...shareWords('corrupt', settings.corruptRatio, settings.corruptCorrelation),
    ...shareWords('ce', settings.ceMarkRatio),
    ...rateWords(settings),
    ...slotWords(settings),
    ...(settings.ecn && hasLoss(settings) ? ['ecn'] : []),
    ...gapWords(settings),
    ...(settings.seed > 0 ? [`seed ${settings.seed}`] : []),
  ].join(' ');
}

function delayWords(settings: ImpairmentSettings): string[] {
  const { delayMs, jitterMs, delayCorrelation, delayDistribution = 'uniform' } = settings;
  if (delayMs === 0 && jitterMs === 0) return [];
  if (jitterMs === 0) return [`delay ${formatTime(delayMs)}`];
  // tc has two blanks here.
  return [
    `delay ${formatTime(delayMs)}  ${formatTime(jitterMs)}`,
    ...(delayCorrelation ? [formatPercent(delayCorrelation)] : []),
    ...(delayDistribution === 'uniform' ? [] : [`distribution ${delayDistribution}`]),
  ];
}

function lossWords(settings: ImpairmentSettings): string[] {
  const { lossModel, lossRatio, lossCorrelation } = settings;
  if (lossModel === undefined) return shareWords('loss', lossRatio, lossCorrelation);
  if (lossModel.kind === 'state') {
    const { p13, p31, p32, p23, p14 } = lossModel;
    const named = Object.entries({ p13, p31, p32, p23, p14 });
    return ['loss state', ...named.map(([name, value]) => `${name} ${formatPercent(value)}`)];
  }
  const { p, r, oneMinusH, oneMinusK } = lossModel;
  const named = Object.entries({ p, r, '1-h': oneMinusH, '1-k': oneMinusK });
  return ['loss gemodel', ...named.map(([name, value]) => `${name} ${formatPercent(value)}`)];
}

function hasLoss({ lossModel, lossRatio }: ImpairmentSettings): boolean {
  return lossModel !== undefined || lossRatio > 0;
}

function gapWords({ reorderRatio, reorderGap = 1 }: ImpairmentSettings): string[] {
  return reorderRatio > 0 && reorderGap > 1 ? [`gap ${reorderGap}`] : [];
}

function shareWords(word: string, ratio: number, correlation = 0): string[] {
  if (ratio === 0) return [];
  const share = `${word} ${formatPercent(ratio)}`;
  return correlation === 0 ? [share] : [share, formatPercent(correlation)];
}

function rateWords(settings: ImpairmentSettings): string[] {
  const { rateBitsPerSecond, packetOverheadOctets, cellOctets, cellOverheadOctets } = settings;
  if (rateBitsPerSecond === 0) return [];
  return [
    `rate ${formatRate(rateBitsPerSecond)}`,
    ...(packetOverheadOctets ? [`packetoverhead ${packetOverheadOctets}`] : []),
    ...(cellOctets ? [`cellsize ${cellOctets}`] : []),
    ...(cellOverheadOctets ? [`celloverhead ${cellOverheadOctets}`] : []),
  ];
}

function slotWords({ slot }: ImpairmentSettings): string[] {
  if (slot === undefined) return [];
  const times =
    slot.kind === 'range'
      ? `${formatTime(slot.minMs)} ${formatTime(slot.maxMs)}`
      : `distribution ${slot.distribution} ${formatTime(slot.delayMs)} ${formatTime(slot.jitterMs)}`;
  return [
    `slot ${times}`,
    ...(slot.frames > 0 ? [`packets ${slot.frames}`] : []),
    ...(slot.octets > 0 ? [`bytes ${slot.octets}`] : []),
  ];
}
