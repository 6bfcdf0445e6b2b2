/** Converts impairments of control requests and replies to messages of protobufjs, and back. */
import type { Distribution, LossModel, SlotSettings } from '@strata/link';
import { ContractError } from '../channel.ts';
import { enumValue } from '../codec/reader.ts';
import type {
  ControlReply,
  ControlRequest,
  ImpairmentDirection,
  ImpairmentSet,
  ImpairmentSettings,
  InterfaceImpairment,
} from '../control.ts';
import type { strata } from '../gen/strata.js';

// Each list is in the order of its enum's numbers.
const DIRECTIONS: readonly ImpairmentDirection[] = ['both', 'in', 'out'];
const DISTRIBUTIONS: readonly Distribution[] = ['uniform', 'normal', 'pareto', 'paretonormal'];

/** Frames. */
const DEFAULT_LIMIT = 1000;

const RATIOS = [
  'lossRatio',
  'duplicateRatio',
  'reorderRatio',
  'corruptRatio',
  'ceMarkRatio',
] as const;
const CORRELATIONS = [
  'lossCorrelation',
  'delayCorrelation',
  'duplicateCorrelation',
  'corruptCorrelation',
  'reorderCorrelation',
] as const;

export function toImpairment(settings: ImpairmentSettings): strata.v1.Impairment.$Properties {
  checkImpairment(settings);
  const { lossModel, delayDistribution, slot, reorderGap = 1, limitFrames, ...plain } = settings;
  return {
    ...withoutUndefined(plain),
    reorderGap: reorderGap === 1 ? 0 : reorderGap,
    limitFrames: limitFrames === undefined || limitFrames === DEFAULT_LIMIT ? 0 : limitFrames,
    ...(lossModel === undefined ? {} : toLossModel(lossModel)),
    delayDistribution: DISTRIBUTIONS.indexOf(delayDistribution ?? 'uniform'),
    slot: slot === undefined ? null : toSlot(slot),
  };
}

/** A field that has its default is absent, except for those that every implementation knows. */
export function fromImpairment(message: strata.v1.Impairment.$Properties): ImpairmentSettings {
  const distribution = enumValue(
    'delay_distribution',
    DISTRIBUTIONS,
    message.delayDistribution ?? 0,
  );
  const settings: ImpairmentSettings = {
    lossRatio: message.lossRatio ?? 0,
    duplicateRatio: message.duplicateRatio ?? 0,
    reorderRatio: message.reorderRatio ?? 0,
    corruptRatio: message.corruptRatio ?? 0,
    ceMarkRatio: message.ceMarkRatio ?? 0,
    delayMs: message.delayMs ?? 0,
    jitterMs: message.jitterMs ?? 0,
    rateBitsPerSecond: message.rateBitsPerSecond ?? 0,
    seed: message.seed ?? 0,
    ...present(message, CORRELATIONS),
    ...present(message, ['reorderGap', 'limitFrames', 'cellOctets']),
    ...present(message, ['packetOverheadOctets', 'cellOverheadOctets']),
    ...(distribution === 'uniform' ? {} : { delayDistribution: distribution }),
    ...(message.ecn ? { ecn: true } : {}),
    ...(message.slot ? { slot: fromSlot(message.slot) } : {}),
    ...fromLossModel(message),
  };
  checkImpairment(settings);
  return settings;
}

/** The named numbers that are not 0. */
function present<Name extends string>(
  message: { readonly [Key in Name]?: number | null | undefined },
  names: readonly Name[],
): { readonly [Key in Name]?: number } {
  const entries = names.flatMap((name) => (message[name] ? [[name, message[name]] as const] : []));
  return Object.fromEntries(entries) as { readonly [Key in Name]?: number };
}

type Present<Value> = { readonly [Name in keyof Value]: Exclude<Value[Name], undefined> };

function withoutUndefined<Value extends object>(value: Value): Present<Value> {
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries) as Present<Value>;
}

function toLossModel(model: LossModel): strata.v1.Impairment.$Properties {
  if (model.kind === 'state') {
    const { kind: _, ...lossState } = model;
    return { lossState };
  }
  const { kind: _, ...lossGemodel } = model;
  return { lossGemodel };
}

function fromLossModel(message: strata.v1.Impairment.$Properties): {
  readonly lossModel?: LossModel;
} {
  const { lossState: state, lossGemodel: gemodel } = message;
  if (state) {
    const { p13, p31, p32, p23, p14 } = state;
    const changes = { p13: p13 ?? 0, p31: p31 ?? 0, p32: p32 ?? 0, p23: p23 ?? 0, p14: p14 ?? 0 };
    return { lossModel: { kind: 'state', ...changes } };
  }
  if (!gemodel) return {};
  const { p, r, oneMinusH, oneMinusK } = gemodel;
  const shares = { oneMinusH: oneMinusH ?? 0, oneMinusK: oneMinusK ?? 0 };
  return { lossModel: { kind: 'gemodel', p: p ?? 0, r: r ?? 0, ...shares } };
}

function toSlot({ frames, octets, ...times }: SlotSettings): strata.v1.ImpairmentSlot.$Properties {
  if (times.kind === 'range') return { frames, octets, minMs: times.minMs, maxMs: times.maxMs };
  const { delayMs, jitterMs } = times;
  const distribution = DISTRIBUTIONS.indexOf(times.distribution);
  return { frames, octets, delayMs, jitterMs, distribution };
}

function fromSlot(message: strata.v1.ImpairmentSlot.$Properties): SlotSettings {
  const room = { frames: message.frames ?? 0, octets: message.octets ?? 0 };
  const jitterMs = message.jitterMs ?? 0;
  if (jitterMs === 0) {
    return { kind: 'range', minMs: message.minMs ?? 0, maxMs: message.maxMs ?? 0, ...room };
  }
  const distribution = enumValue('distribution', DISTRIBUTIONS, message.distribution ?? 0);
  return { kind: 'distribution', distribution, delayMs: message.delayMs ?? 0, jitterMs, ...room };
}

/** The ranges of all settings, except for those that only link can judge together. */
function checkImpairment(settings: ImpairmentSettings): void {
  for (const name of RATIOS) checkNumber(name, settings[name], 0, 1);
  for (const name of CORRELATIONS) checkNumber(name, settings[name] ?? 0, 0, 1);
  checkNumber('delayMs', settings.delayMs, 0, 60_000);
  checkNumber('jitterMs', settings.jitterMs, 0, 60_000);
  checkNumber('rateBitsPerSecond', settings.rateBitsPerSecond, 0, Number.MAX_SAFE_INTEGER);
  checkNumber('seed', settings.seed, 0, 0xffffffff);
  const { lossModel, slot } = settings;
  const { kind: _, ...probabilities } = lossModel ?? { kind: undefined };
  for (const [name, value] of Object.entries(probabilities)) {
    checkNumber(`lossModel ${name}`, value, 0, 1);
  }
  if (slot === undefined) return;
  const times =
    slot.kind === 'range' ? (['minMs', 'maxMs'] as const) : (['delayMs', 'jitterMs'] as const);
  for (const name of times) {
    checkNumber(
      `slot ${name}`,
      (slot as Readonly<Record<string, unknown>>)[name] as number,
      0,
      60_000,
    );
  }
}

/** As checkRange, but it also refuses NaN, because these values are doubles. */
function checkNumber(field: string, value: number, low: number, high: number): void {
  if (value >= low && value <= high) return;
  throw new ContractError('CONTRACT_RANGE', `${field} is ${value}: must be ${low} to ${high}`);
}

export function toImpairmentSet(request: ImpairmentSet): strata.v1.ImpairmentSet.$Properties {
  const { interfaceName, impairment, direction, wireName, remove } = request;
  return {
    interfaceName,
    impairment: toImpairment(impairment),
    direction: DIRECTIONS.indexOf(direction ?? 'both'),
    wireName: wireName ?? '',
    remove: remove ?? false,
  };
}

/** A field that has its default is absent. */
export function fromImpairmentSet(message: strata.v1.ImpairmentSet.$Properties): ImpairmentSet {
  return {
    kind: 'impairment-set',
    interfaceName: message.interfaceName ?? '',
    impairment: fromImpairment(message.impairment ?? {}),
    ...directionOf(message.direction),
    ...(message.wireName ? { wireName: message.wireName } : {}),
    ...(message.remove ? { remove: true } : {}),
  };
}

type ImpairmentGet = Extract<ControlRequest, { kind: 'impairment-get' }>;

export function toImpairmentGet(request: ImpairmentGet): strata.v1.ImpairmentGet.$Properties {
  const { interfaceName, direction } = request;
  return { interfaceName, direction: DIRECTIONS.indexOf(direction ?? 'both') };
}

export function fromImpairmentGet(message: strata.v1.ImpairmentGet.$Properties): ImpairmentGet {
  const interfaceName = message.interfaceName ?? '';
  return { kind: 'impairment-get', interfaceName, ...directionOf(message.direction) };
}

function directionOf(number: number | null | undefined): {
  readonly direction?: ImpairmentDirection;
} {
  const direction = enumValue('direction', DIRECTIONS, number ?? 0);
  return direction === 'both' ? {} : { direction };
}

export function toImpairments(
  all: readonly InterfaceImpairment[],
): strata.v1.Impairments.$Properties {
  return {
    impairments: all.map(({ impairment, direction, wireName, counters, ...plain }) => ({
      ...plain,
      direction: DIRECTIONS.indexOf(direction),
      impairment: impairment === undefined ? null : toImpairment(impairment),
      wireName: wireName ?? '',
      counters: { ...counters },
    })),
  };
}

export function fromImpairments(
  message: strata.v1.Impairments.$Properties,
): Extract<ControlReply, { kind: 'impairments' }> {
  const impairments = (message.impairments ?? []).map(
    (one): InterfaceImpairment => ({
      interfaceName: one.interfaceName ?? '',
      direction: enumValue('direction', DIRECTIONS, one.direction ?? 0) === 'in' ? 'in' : 'out',
      impairment: one.impairment ? fromImpairment(one.impairment) : undefined,
      wireName: one.wireName || undefined,
      fromWire: one.fromWire ?? false,
      counters: { ...one.counters },
      backlogFrames: one.backlogFrames ?? 0,
      backlogOctets: one.backlogOctets ?? 0,
      shared: one.shared ?? false,
    }),
  );
  return { kind: 'impairments', impairments };
}
