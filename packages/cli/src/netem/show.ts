/** Impairments as `tc -s qdisc show` and `tc -j -s qdisc show` print qdiscs. */
import type { ImpairmentSettings, InterfaceImpairment } from '@strata/contract';
import { formatWords } from './format-words.ts';

/** An impairment, and the stack of its interface. */
export interface Shown extends InterfaceImpairment {
  readonly stack: string;
}

interface ShowOptions {
  /** Also the counters. */
  readonly statistics: boolean;
  /** Also the name of the stack, unless it is a port of the wire. */
  readonly stacks: boolean;
}

/** One line for the settings; with statistics three more. */
export function formatShown(shown: Shown, { statistics, stacks }: ShowOptions): string {
  const { stack, interfaceName, direction, impairment, fromWire, wireName, shared } = shown;
  const lines = [
    [
      `qdisc ${impairment === undefined ? 'noqueue' : 'netem'}`,
      ...(stacks && !shared ? [`stack ${stack}`] : []),
      `dev ${interfaceName} ${direction}`,
      ...(fromWire ? [`wire ${wireName}`] : []),
      ...(impairment === undefined ? [] : [formatWords(impairment)]),
    ].join(' '),
    ...(statistics ? statisticsOf(shown) : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function statisticsOf(shown: Shown): string[] {
  const { sent, packets, dropped, overlimits, requeues } = totals(shown);
  const count = (name: string) => shown.counters[name] ?? 0;
  const causes = {
    lost: count('lost'),
    overlimit: count('dropped_overlimit'),
    unfit: count('dropped_unfit'),
    duplicated: count('duplicated'),
    reordered: count('reordered'),
    corrupted: count('corrupted'),
    delayed: count('delayed'),
    'ce-marked': count('ce_marked'),
  };
  const words = Object.entries(causes).map(([name, value]) => `${name} ${value}`);
  return [
    ` Sent ${sent} bytes ${packets} pkt (dropped ${dropped}, overlimits ${overlimits} requeues ${requeues}) `,
    ` backlog ${shown.backlogOctets}b ${shown.backlogFrames}p requeues ${requeues}`,
    ` ${words.join(' ')}`,
  ];
}

/** The counters that every qdisc has. What was sent at once, before there was any, is not in it. */
function totals({ counters }: Shown) {
  const count = (name: string) => counters[name] ?? 0;
  return {
    sent: count('octets_out'),
    packets: count('frames_out'),
    dropped: count('lost') + count('dropped_overlimit') + count('dropped_unfit'),
    overlimits: count('dropped_overlimit'),
    requeues: count('reordered'),
  };
}

/** The object for JSON. `impairment` has the fields of the console's API, `options` those of tc. */
export function toJson(shown: Shown, statistics: boolean): object {
  const { stack, interfaceName, direction, impairment, fromWire, wireName } = shown;
  const { sent, packets, dropped, overlimits, requeues } = totals(shown);
  return {
    kind: impairment === undefined ? 'noqueue' : 'netem',
    stack,
    dev: interfaceName,
    direction,
    ...(wireName === undefined ? {} : { wire: wireName, 'from-wire': fromWire }),
    options: impairment === undefined ? {} : optionsOf(impairment),
    ...(impairment === undefined ? {} : { impairment }),
    ...(statistics
      ? {
          bytes: sent,
          packets,
          drops: dropped,
          overlimits,
          requeues,
          backlog: shown.backlogOctets,
          qlen: shown.backlogFrames,
          counters: shown.counters,
        }
      : {}),
  };
}

/** Seconds, shares and, for the rate, octets per second, as tc's JSON has them. */
function optionsOf(settings: ImpairmentSettings): object {
  const { delayMs, jitterMs, lossModel, slot, rateBitsPerSecond: rate } = settings;
  return {
    limit: settings.limitFrames ?? 1000,
    ...(delayMs > 0 || jitterMs > 0
      ? {
          delay: {
            delay: delayMs / 1000,
            jitter: jitterMs / 1000,
            correlation: settings.delayCorrelation ?? 0,
            distribution: settings.delayDistribution ?? 'uniform',
          },
        }
      : {}),
    ...shareOf('loss-random', 'loss', settings.lossRatio, settings.lossCorrelation),
    ...(lossModel === undefined ? {} : { [`loss-${lossModel.kind}`]: parametersOf(lossModel) }),
    ...shareOf('duplicate', 'duplicate', settings.duplicateRatio, settings.duplicateCorrelation),
    ...shareOf('reorder', 'reorder', settings.reorderRatio, settings.reorderCorrelation),
    ...shareOf('corrupt', 'corrupt', settings.corruptRatio, settings.corruptCorrelation),
    ...(settings.ceMarkRatio > 0 ? { ce: { ce: settings.ceMarkRatio } } : {}),
    ...(rate > 0
      ? {
          rate: {
            rate: rate / 8,
            packetoverhead: settings.packetOverheadOctets ?? 0,
            cellsize: settings.cellOctets ?? 0,
            celloverhead: settings.cellOverheadOctets ?? 0,
          },
        }
      : {}),
    ...(slot === undefined ? {} : { slot: slotOf(slot) }),
    ecn: settings.ecn ?? false,
    gap: settings.reorderRatio > 0 ? (settings.reorderGap ?? 1) : 0,
    seed: settings.seed,
  };
}

function shareOf(name: string, share: string, ratio: number, correlation = 0): object {
  return ratio > 0 ? { [name]: { [share]: ratio, correlation } } : {};
}

function parametersOf(model: NonNullable<ImpairmentSettings['lossModel']>): object {
  if (model.kind === 'gemodel') {
    const { p, r, oneMinusH, oneMinusK } = model;
    return { p, r, '1-h': oneMinusH, '1-k': oneMinusK };
  }
  const { kind: _, ...parameters } = model;
  return parameters;
}

function slotOf(slot: NonNullable<ImpairmentSettings['slot']>): object {
  const room = { packets: slot.frames, bytes: slot.octets };
  if (slot.kind === 'range') {
    return { 'min-delay': slot.minMs / 1000, 'max-delay': slot.maxMs / 1000, ...room };
  }
  const { distribution, delayMs, jitterMs } = slot;
  return { distribution, delay: delayMs / 1000, jitter: jitterMs / 1000, ...room };
}
