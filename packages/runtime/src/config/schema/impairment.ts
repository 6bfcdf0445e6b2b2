/** The config's fields of an impairment. The console's API takes the same. */
import { completeLossModel, DISTRIBUTIONS, isLossChain } from '@strata/link';
import { z } from 'zod';
import { integerField, numberField, switchField } from '../fields.ts';

const MAX_MS = 60_000;
const MAX_OVERHEAD = 65_535;

const ratioField = numberField(0, 1);
const msField = numberField(0, MAX_MS, 'milliseconds');
const distributionField = z.enum(DISTRIBUTIONS, {
  error: `should be ${DISTRIBUTIONS.slice(0, -1).join(', ')} or ${DISTRIBUTIONS.at(-1)}`,
});

/** Losses by four states. The defaults make fewer states of it, as tc's do. */
const stateSchema = z.strictObject({
  kind: z.literal('state'),
  /** From received to lost in a burst. */
  p13: ratioField,
  /** From lost in a burst to received. Default: 1 - p13, so that losses do not depend. */
  p31: ratioField.optional(),
  /** From lost in a burst to received in a burst. */
  p32: ratioField.default(0),
  /** From received in a burst to lost in a burst. */
  p23: ratioField.default(1),
  /** From received to lost alone. */
  p14: ratioField.default(0),
});

/** Losses by a good and a bad state (Gilbert, Elliott). */
const gemodelSchema = z.strictObject({
  kind: z.literal('gemodel'),
  /** From good to bad. */
  p: ratioField,
  /** From bad to good. Default: 1 - p. */
  r: ratioField.optional(),
  /** Share of the frames that are lost in the bad state (tc: 1-h). */
  oneMinusH: ratioField.default(1),
  /** Share of the frames that are lost in the good state (tc: 1-k). */
  oneMinusK: ratioField.default(0),
});

const lossModelSchema = z
  .discriminatedUnion('kind', [stateSchema, gemodelSchema], {
    error: 'should be state or gemodel',
  })
  .transform((fields, context) => {
    const model = completeLossModel(fields);
    if (isLossChain(model)) return model;
    const message = 'should not leave a state with more than 1: p13 + p14, p31 + p32';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

const slotRoom = {
  /** Most frames that pass in a slot; 0: no limit. */
  frames: integerField(0, 1_000_000, 'frames').default(0),
  /** Octets after which a slot is full; 0: no limit. */
  octets: integerField(0, 0x7fffffff, 'octets').default(0),
};

const slotSchema = z
  .discriminatedUnion(
    'kind',
    [
      z.strictObject({
        kind: z.literal('range'),
        /** Shortest time until a slot opens, milliseconds. */
        minMs: msField,
        /** Longest time, milliseconds. Default: minMs. */
        maxMs: msField.optional(),
        ...slotRoom,
      }),
      z.strictObject({
        kind: z.literal('distribution'),
        distribution: distributionField,
        /** Mean time until a slot opens, and its jitter, milliseconds. */
        delayMs: msField,
        jitterMs: numberField(0.001, MAX_MS, 'milliseconds'),
        ...slotRoom,
      }),
    ],
    { error: 'should be range or distribution' },
  )
  .transform((slot, context) => {
    if (slot.kind === 'distribution') return slot;
    const { minMs, maxMs = minMs } = slot;
    if (maxMs >= minMs) return { ...slot, maxMs };
    const message = `should not have a maxMs (${maxMs}) below its minMs (${minMs})`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

/** Impairments of a wire in one direction. Default: none. The models are those of tc-netem(8). */
export const impairmentSchema = z
  .strictObject({
    /** Share of the frames that are lost, 0 to 1. */
    lossRatio: ratioField.default(0),
    /** Correlation of each loss with the one before, 0 to 1; as all others: netem's. */
    lossCorrelation: ratioField.default(0),
    /** Losses in bursts, in place of lossRatio. */
    lossModel: lossModelSchema.optional(),
    /** Whether an ECN-capable packet is marked CE in place of being lost. */
    ecn: switchField.default(false),
    /** Delay of each frame, milliseconds. */
    delayMs: msField.default(0),
    /** Random part of the delay, milliseconds: between plus and minus this value, if uniform. */
    jitterMs: msField.default(0),
    /** Correlation of the delays of successive frames, 0 to 1. */
    delayCorrelation: ratioField.default(0),
    /** Distribution of the random part. */
    delayDistribution: distributionField.default('uniform'),
    /** Share of the frames that arrive twice, 0 to 1. */
    duplicateRatio: ratioField.default(0),
    duplicateCorrelation: ratioField.default(0),
    /** Share of the frames that overtake the ones before them, 0 to 1. */
    reorderRatio: ratioField.default(0),
    reorderCorrelation: ratioField.default(0),
    /** Only every Nth frame may be reordered. */
    reorderGap: integerField(1, 1_000_000).default(1),
    /** Share of the frames in which one bit flips, 0 to 1. */
    corruptRatio: ratioField.default(0),
    corruptCorrelation: ratioField.default(0),
    /**
     * Share of the frames whose ECN-capable packet is marked CE, as a congested router does (RFC
     * 3168), 0 to 1.
     */
    ceMarkRatio: ratioField.default(0),
    /** Most frames that wait for their delay or for the rate; further frames are dropped. */
    limitFrames: integerField(1, 1_000_000, 'frames').default(1000),
    /** Rate of the wire, bits per second; 0: unlimited. */
    rateBitsPerSecond: numberField(0, 1e12, 'bits per second').default(0),
    /** Octets that the rate counts beside those of the frame; may be negative. */
    packetOverheadOctets: integerField(-MAX_OVERHEAD, MAX_OVERHEAD, 'octets').default(0),
    /** The rate counts whole cells of this size; 0: no cells. */
    cellOctets: integerField(0, MAX_OVERHEAD, 'octets').default(0),
    /** Octets that the rate counts beside those of each cell; may be negative. */
    cellOverheadOctets: integerField(-MAX_OVERHEAD, MAX_OVERHEAD, 'octets').default(0),
    /** Frames pass in slots only. */
    slot: slotSchema.optional(),
    /**
     * Seed of the random choices: the same seed and frames give the same outcome. Absent: a new
     * seed at each start.
     */
    seed: integerField(0, 0xffffffff).optional(),
  })
  .refine(({ lossModel, lossRatio }) => lossModel === undefined || lossRatio === 0, {
    path: ['lossModel'],
    error: 'should not be there together with lossRatio',
  });

export const impairmentBothWays = z.strictObject({
  /** For frames from the wire. */
  in: impairmentSchema.optional(),
  /** For frames to the wire. */
  out: impairmentSchema.optional(),
});

export type ImpairmentConfig = z.output<typeof impairmentSchema>;
