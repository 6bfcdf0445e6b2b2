/** tc-netem's words for an impairment become the fields of the config and of the console's API. */
import { hint } from '@strata/runtime/names';
import { parseRate } from './units.ts';
import { WordError, WordReader } from './word-reader.ts';

export const DISTRIBUTIONS = ['uniform', 'normal', 'pareto', 'paretonormal'] as const;

/** The fields of an impairment, as the config has them. An absent one has its default. */
export type ImpairmentFields = Record<string, unknown>;

/** Reads what stands behind a word, into the fields. */
type Parse = (reader: WordReader, fields: ImpairmentFields) => void;

const MAX_FRAMES = 1_000_000;
const MAX_OVERHEAD = 65_535;

const WORDS: Readonly<Record<string, Parse>> = {
  limit: (reader, fields) => {
    fields['limitFrames'] = reader.integer('limit', 1, MAX_FRAMES, 'frames');
  },
  delay: (reader, fields) => {
    fields['delayMs'] = reader.time('delay');
    if (!reader.isNumber) return;
    fields['jitterMs'] = reader.time('the delay');
    if (reader.isNumber) fields['delayCorrelation'] = reader.percent('the jitter');
  },
  distribution: (reader, fields) => {
    fields['delayDistribution'] = reader.choice('distribution', DISTRIBUTIONS);
  },
  loss: parseLoss,
  ecn: (_reader, fields) => {
    fields['ecn'] = true;
  },
  duplicate: share('duplicate'),
  corrupt: share('corrupt'),
  reorder: share('reorder'),
  gap: (reader, fields) => {
    fields['reorderGap'] = reader.integer('gap', 1, MAX_FRAMES, 'frames');
  },
  ce: (reader, fields) => {
    fields['ceMarkRatio'] = reader.percent('ce');
  },
  rate: parseRateWords,
  slot: parseSlot,
  seed: (reader, fields) => {
    fields['seed'] = reader.integer('seed', 0, 0xffffffff, 'the random source');
  },
};

/** tc's second names. */
const ALIASES: Readonly<Record<string, string>> = { latency: 'delay', drop: 'loss' };

/** All words that may begin a setting, in the order of the help. */
export const NETEM_WORDS = Object.keys(WORDS);

/** The fields that the words set. Throws WordError. */
export function parseWords(words: readonly string[]): ImpairmentFields {
  const reader = new WordReader(words);
  const fields: ImpairmentFields = {};
  const seen = new Set<string>();
  while (!reader.isAtEnd) {
    const given = reader.any('', '');
    const word = ALIASES[given] ?? given;
    const parse = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
    if (parse === undefined) {
      const there = `there is: ${NETEM_WORDS.join(', ')}`;
      throw new WordError(`there is no word ${given}; ${there}${hint(given, NETEM_WORDS)}`);
    }
    if (seen.has(word)) throw new WordError(`${word} is there twice`);
    seen.add(word);
    parse(reader, fields);
  }
  checkTogether(seen, fields);
  return fields;
}

/** The combinations that tc refuses, since a part would have no effect. */
function checkTogether(seen: ReadonlySet<string>, fields: ImpairmentFields): void {
  const needs = (word: string, what: string, isThere: boolean) => {
    if (seen.has(word) && !isThere) throw new WordError(`${word} needs ${what}`);
  };
  const hasDelay = Number(fields['delayMs'] ?? 0) > 0;
  needs('reorder', 'a delay to overtake: delay TIME', hasDelay);
  needs('gap', 'reorder PERCENT', seen.has('reorder'));
  needs('ecn', 'a loss to mark in place of: loss …', seen.has('loss'));
  const hasJitter = Number(fields['jitterMs'] ?? 0) > 0;
  needs('distribution', 'a delay and a jitter: delay TIME JITTER', hasJitter);
}

/** `PERCENT [CORRELATION]` */
function share(name: 'duplicate' | 'corrupt' | 'reorder'): Parse {
  return (reader, fields) => {
    fields[`${name}Ratio`] = reader.percent(name);
    if (reader.isNumber) fields[`${name}Correlation`] = reader.percent(`the share of ${name}`);
  };
}

/** The parameters of the loss models, in tc's order, with their fields. */
const STATE = [
  ['p13', 'p13'],
  ['p31', 'p31'],
  ['p32', 'p32'],
  ['p23', 'p23'],
  ['p14', 'p14'],
] as const;
const GEMODEL = [
  ['p', 'p'],
  ['r', 'r'],
  ['1-h', 'oneMinusH'],
  ['1-k', 'oneMinusK'],
] as const;

function parseLoss(reader: WordReader, fields: ImpairmentFields): void {
  const wanted = 'a percentage such as 2%, or random, state or gemodel';
  if (reader.take('state')) {
    fields['lossModel'] = { kind: 'state', ...parameters(reader, 'state', STATE) };
  } else if (reader.take('gemodel')) {
    fields['lossModel'] = { kind: 'gemodel', ...parameters(reader, 'gemodel', GEMODEL) };
  } else {
    if (!reader.take('random') && !reader.isNumber) {
      const word = reader.any('loss', wanted);
      throw new WordError(`behind loss there is ${word}: it should be ${wanted}`);
    }
    fields['lossRatio'] = reader.percent('loss');
    if (reader.isNumber) fields['lossCorrelation'] = reader.percent('the loss');
  }
}

/** The parameters in order, each with or without its name, as tc shows and takes them. */
function parameters(
  reader: WordReader,
  model: string,
  names: readonly (readonly [word: string, field: string])[],
): Record<string, number> {
  const values: Record<string, number> = {};
  for (const [word, field] of names) {
    const isNamed = reader.take(word) !== undefined;
    const isFirst = field === names[0]![1];
    if (!isNamed && !isFirst && !reader.isNumber) break;
    values[field] = reader.percent(isNamed ? word : `loss ${model}`);
  }
  return values;
}

function parseRateWords(reader: WordReader, fields: ImpairmentFields): void {
  const wanted =
    'a rate up to 1tbit, such as 10mbit (bit, kbit, mbit, gbit, tbit; bps, kbps … are octets per second)';
  fields['rateBitsPerSecond'] = reader.parsed('rate', wanted, (text) => {
    const rate = parseRate(text);
    return rate !== undefined && rate > 0 && rate <= 1e12 ? rate : undefined;
  });
  const overhead = (name: string) => reader.integer(name, -MAX_OVERHEAD, MAX_OVERHEAD, 'octets');
  if (reader.take('packetoverhead') || reader.isSignedNumber) {
    fields['packetOverheadOctets'] = overhead('packetoverhead');
  }
  if (reader.take('cellsize') || reader.isNumber) {
    fields['cellOctets'] = reader.integer('cellsize', 0, MAX_OVERHEAD, 'octets');
  }
  if (reader.take('celloverhead') || reader.isSignedNumber) {
    fields['cellOverheadOctets'] = overhead('celloverhead');
  }
}

function parseSlot(reader: WordReader, fields: ImpairmentFields): void {
  const slot: Record<string, unknown> = {};
  if (reader.take('distribution')) {
    slot['kind'] = 'distribution';
    slot['distribution'] = reader.choice('slot distribution', DISTRIBUTIONS);
    slot['delayMs'] = reader.time('the distribution');
    slot['jitterMs'] = reader.time('the delay of the slot');
    if (slot['jitterMs'] === 0) throw new WordError('the jitter of the slot should be above 0');
  } else {
    const wanted = 'a time such as 10ms, or distribution';
    if (!reader.isNumber) {
      const word = reader.any('slot', wanted);
      throw new WordError(`behind slot there is ${word}: it should be ${wanted}`);
    }
    slot['kind'] = 'range';
    const minMs = reader.time('slot');
    slot['minMs'] = minMs;
    if (reader.isNumber) {
      const maxMs = reader.time('the shortest time of slot');
      if (maxMs < minMs) {
        throw new WordError(
          `the longest time of slot (${maxMs}ms) is below the shortest (${minMs}ms)`,
        );
      }
      slot['maxMs'] = maxMs;
    }
  }
  if (reader.take('packets')) slot['frames'] = reader.integer('packets', 1, MAX_FRAMES, 'frames');
  if (reader.take('bytes')) slot['octets'] = reader.integer('bytes', 1, 0x7fffffff, 'octets');
  fields['slot'] = slot;
}
