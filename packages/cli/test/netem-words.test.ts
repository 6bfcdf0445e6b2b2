import type { ImpairmentSettings } from '@strata/contract';
import { completeLossModel, type LossModel } from '@strata/link';
import fc from 'fast-check';
import { formatWords } from '../src/netem/format-words.ts';
import { type ImpairmentFields, parseWords } from '../src/netem/parse-words.ts';

const NONE: ImpairmentSettings = {
  lossRatio: 0,
  duplicateRatio: 0,
  reorderRatio: 0,
  corruptRatio: 0,
  ceMarkRatio: 0,
  delayMs: 0,
  jitterMs: 0,
  rateBitsPerSecond: 0,
  seed: 0,
};

const parse = (text: string) => parseWords(text.split(' ').filter((word) => word !== ''));

/** The fields with their defaults, as the console completes them. */
function complete({ lossModel, slot, ...fields }: ImpairmentFields): ImpairmentSettings {
  const range = slot as { readonly kind?: string; readonly minMs?: number } | undefined;
  const model = lossModel as Parameters<typeof completeLossModel>[0] | undefined;
  return {
    ...NONE,
    ...fields,
    ...(model === undefined ? {} : { lossModel: completeLossModel(model) }),
    ...(range === undefined
      ? {}
      : { slot: { frames: 0, octets: 0, maxMs: range.minMs, ...range } }),
  } as ImpairmentSettings;
}

describe('The words of tc-netem', () => {
  it.each<[string, ImpairmentFields]>([
    ['limit 50', { limitFrames: 50 }],
    ['limit 1k', { limitFrames: 1024 }],
    ['delay 20ms', { delayMs: 20 }],
    ['delay 100', { delayMs: 0.1 }],
    ['latency 1.5s', { delayMs: 1500 }],
    ['delay 100ms 10ms', { delayMs: 100, jitterMs: 10 }],
    ['delay 100ms 10msec 25%', { delayMs: 100, jitterMs: 10, delayCorrelation: 0.25 }],
    [
      'delay 100ms 500us distribution pareto',
      { delayMs: 100, jitterMs: 0.5, delayDistribution: 'pareto' },
    ],
    ['loss 2%', { lossRatio: 0.02 }],
    ['loss 0.3 25', { lossRatio: 0.003, lossCorrelation: 0.25 }],
    ['drop random 7% 1%', { lossRatio: 0.07, lossCorrelation: 0.01 }],
    ['loss state 1%', { lossModel: { kind: 'state', p13: 0.01 } }],
    [
      'loss state 1% 20% 30% 40% 0.5%',
      { lossModel: { kind: 'state', p13: 0.01, p31: 0.2, p32: 0.3, p23: 0.4, p14: 0.005 } },
    ],
    ['loss gemodel 1%', { lossModel: { kind: 'gemodel', p: 0.01 } }],
    [
      'loss gemodel 1% 10% 70% 0.1% ecn',
      {
        lossModel: { kind: 'gemodel', p: 0.01, r: 0.1, oneMinusH: 0.7, oneMinusK: 0.001 },
        ecn: true,
      },
    ],
    ['duplicate 1% 5%', { duplicateRatio: 0.01, duplicateCorrelation: 0.05 }],
    ['corrupt 0.1%', { corruptRatio: 0.001 }],
    [
      'delay 10ms reorder 25% 50% gap 5',
      { delayMs: 10, reorderRatio: 0.25, reorderCorrelation: 0.5, reorderGap: 5 },
    ],
    ['rate 5kbit', { rateBitsPerSecond: 5000 }],
    [
      'rate 5kbit 20 100 5',
      { rateBitsPerSecond: 5000, packetOverheadOctets: 20, cellOctets: 100, cellOverheadOctets: 5 },
    ],
    ['rate 1mbps -14', { rateBitsPerSecond: 8e6, packetOverheadOctets: -14 }],
    ['rate 1Mibit celloverhead -5', { rateBitsPerSecond: 1024 ** 2, cellOverheadOctets: -5 }],
    ['slot 800us', { slot: { kind: 'range', minMs: 0.8 } }],
    [
      'slot 800us 1ms packets 3 bytes 5k',
      { slot: { kind: 'range', minMs: 0.8, maxMs: 1, frames: 3, octets: 5120 } },
    ],
    [
      'slot distribution normal 10ms 2ms packets 3',
      {
        slot: { kind: 'distribution', distribution: 'normal', delayMs: 10, jitterMs: 2, frames: 3 },
      },
    ],
    ['ce 5% seed 7', { ceMarkRatio: 0.05, seed: 7 }],
  ])('%s', (text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  it.each([
    ['delya 5ms', 'there is no word delya; there is: limit, delay', '(did you mean delay?)'],
    ['delay', 'behind delay there is nothing: it should be a time of 0 to 60s, such as 20ms'],
    ['delay abc', 'behind delay there is abc: it should be a time'],
    ['delay 61s', 'behind delay there is 61s: it should be a time of 0 to 60s'],
    ['delay 5min', 'behind delay there is 5min: it should be a time'],
    ['delay 5ms 1ms 120%', 'behind the jitter there is 120%: it should be a percentage of 0% to'],
    ['delay 5ms delay 6ms', 'delay is there twice'],
    ['loss', 'behind loss there is nothing: it should be a percentage such as 2%, or random'],
    ['loss gilbert', 'behind loss there is gilbert: it should be a percentage such as 2%, or'],
    ['loss 300%', 'behind loss there is 300%: it should be a percentage of 0% to 100%'],
    ['loss gemodel', 'behind loss gemodel there is nothing: it should be a percentage'],
    ['rate abc', 'behind rate there is abc: it should be a rate up to 1tbit, such as 10mbit'],
    ['rate 0', 'behind rate there is 0: it should be a rate'],
    ['rate 1mbit 20 100 5 5', 'there is no word 5'],
    ['limit 0', 'behind limit there is 0: it should be a whole number of frames from 1 to 1000000'],
    ['distribution norml', 'behind distribution there is norml: it should be uniform, normal'],
    ['delay 5ms distribution normal', 'distribution needs a delay and a jitter'],
    ['reorder 5%', 'reorder needs a delay to overtake: delay TIME'],
    ['delay 5ms gap 5', 'gap needs reorder PERCENT'],
    ['ecn', 'ecn needs a loss to mark in place of: loss …'],
    ['slot', 'behind slot there is nothing: it should be a time such as 10ms, or distribution'],
    ['slot 5ms 1ms', 'the longest time of slot (1ms) is below the shortest (5ms)'],
    ['slot distribution normal 5ms 0ms', 'the jitter of the slot should be above 0'],
    ['seed x', 'behind seed there is x'],
  ])('refuse %s, and say what was expected', (text, ...messages) => {
    for (const message of messages) expect(() => parse(text)).toThrow(message);
  });

  it('are shown as tc qdisc show prints them', () => {
    const shown = (text: string) => formatWords(complete(parse(text)));
    expect(shown('delay 100ms 10ms 25% loss 1% 25% limit 500')).toBe(
      'limit 500 delay 100ms  10ms 25% loss 1% 25%',
    );
    expect(shown('duplicate 1% corrupt 0.1% delay 1.5s reorder 25% 50% gap 5')).toBe(
      'limit 1000 delay 1.5s duplicate 1% reorder 25% 50% corrupt 0.1% gap 5',
    );
    expect(shown('loss state 1% 20% 30% 40% 0.5% ecn')).toBe(
      'limit 1000 loss state p13 1% p31 20% p32 30% p23 40% p14 0.5% ecn',
    );
    expect(shown('loss gemodel 1% 10% 70% 0.1%')).toBe(
      'limit 1000 loss gemodel p 1% r 10% 1-h 70% 1-k 0.1%',
    );
    expect(shown('rate 1mbit 20 100 5 slot 800us 1ms packets 3 bytes 5000')).toBe(
      'limit 1000 rate 1Mbit packetoverhead 20 cellsize 100 celloverhead 5 slot 800us 1ms packets 3 bytes 5000',
    );
  });
});

describe('Settings', () => {
  const ratio = fc.integer({ min: 0, max: 100_000 }).map((n) => n / 100_000);
  const share = fc.integer({ min: 1, max: 50_000 }).map((n) => n / 100_000);
  const ms = fc.integer({ min: 1, max: 60_000_000 }).map((us) => us / 1000);
  const distribution = fc.constantFrom('uniform', 'normal', 'pareto', 'paretonormal');
  const lossModel: fc.Arbitrary<LossModel> = fc.oneof(
    fc.record({
      kind: fc.constant('state' as const),
      p13: share,
      p31: share,
      p32: share,
      p23: ratio,
      p14: share,
    }),
    fc.record({
      kind: fc.constant('gemodel' as const),
      p: ratio,
      r: ratio,
      oneMinusH: ratio,
      oneMinusK: ratio,
    }),
  );
  const room = { frames: fc.nat(1_000_000), octets: fc.nat(0x7fffffff) };
  const slot = fc.oneof(
    fc
      .record({ kind: fc.constant('range' as const), minMs: ms, maxMs: ms, ...room })
      .map((it) => ({ ...it, maxMs: Math.max(it.minMs, it.maxMs) })),
    fc.record({
      kind: fc.constant('distribution' as const),
      distribution,
      delayMs: ms,
      jitterMs: ms,
      ...room,
    }),
  );
  const overhead = fc.integer({ min: -65_535, max: 65_535 });
  /** Each part is there or not. */
  const settings = fc
    .tuple(
      fc.option(fc.record({ delayMs: ms, jitterMs: fc.constant(0) }), { nil: {} }),
      fc.option(
        fc.record({
          delayMs: ms,
          jitterMs: ms,
          delayCorrelation: ratio,
          delayDistribution: distribution,
          reorderRatio: share,
          reorderCorrelation: ratio,
          reorderGap: fc.integer({ min: 1, max: 1_000_000 }),
        }),
        { nil: {} },
      ),
      fc.oneof(
        fc.constant({}),
        fc.record({ lossRatio: share, lossCorrelation: ratio, ecn: fc.boolean() }),
        fc.record({ lossModel, ecn: fc.boolean() }),
      ),
      fc.option(fc.record({ duplicateRatio: share, duplicateCorrelation: ratio }), { nil: {} }),
      fc.option(fc.record({ corruptRatio: share, corruptCorrelation: ratio }), { nil: {} }),
      fc.option(
        fc.record({
          rateBitsPerSecond: fc.integer({ min: 1, max: 1e12 }),
          packetOverheadOctets: overhead,
          cellOctets: fc.nat(65_535),
          cellOverheadOctets: overhead,
        }),
        { nil: {} },
      ),
      fc.option(fc.record({ slot }), { nil: {} }),
      fc.record({
        ceMarkRatio: ratio,
        seed: fc.nat(0xffffffff),
        limitFrames: fc.integer({ min: 1, max: 1_000_000 }),
      }),
    )
    .map((parts): ImpairmentSettings => Object.assign({}, NONE, ...parts));

  it('become words, and the words become the same settings', () => {
    fc.assert(
      fc.property(settings, (before) => {
        const words = formatWords(before);
        const after = complete(parse(words));
        expect(withoutDefaults(after)).toEqual(withoutDefaults(before));
        expect(formatWords(after)).toBe(words);
      }),
      { numRuns: 500 },
    );
  });
});

const DEFAULTS: Readonly<Record<string, unknown>> = {
  ecn: false,
  delayDistribution: 'uniform',
  reorderGap: 1,
  limitFrames: 1000,
};

function withoutDefaults(settings: ImpairmentSettings): object {
  const entries = Object.entries(settings);
  return Object.fromEntries(
    entries.filter(([name, value]) => value !== 0 && value !== DEFAULTS[name]),
  );
}
