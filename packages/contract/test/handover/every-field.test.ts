import { seeds } from '@strata/simulator';
import { simulate } from './cut-run.ts';
import { FIELD_NAMES, fieldsIn, without } from './fields.ts';
import { MoveError } from './move.ts';
import { movePeer } from './moved-peer.ts';
import type { Manner } from './moving-transport.ts';
import { moveOtherSockets } from './other-sockets.ts';
import { CASES, PEER_OPTIONS } from './peer-circumstances.ts';
import { SPECIAL_PEERS } from './special-peers.ts';

/** A move. It throws if the state does not arrive unchanged. */
interface Case {
  readonly name: string;
  readonly move: (manner: Manner) => void;
}

/** Simulated runs that are moved many times. */
const SEEDS = 24;
const EVERY = Array.from({ length: 60 }, (_, i) => i * 7);

const CASE_LIST: readonly Case[] = [
  ...Object.entries(CASES).flatMap(([state, circumstances]) =>
    Object.entries(circumstances).flatMap(([name, build]) =>
      typeof build === 'string'
        ? []
        : [{ name: `${state} ${name}`, move: (it: Manner) => movePeer(build(), PEER_OPTIONS, it) }],
    ),
  ),
  ...Object.entries(SPECIAL_PEERS).map(([name, { options, build }]) => ({
    name,
    move: (it: Manner) => movePeer(build(), options, it),
  })),
  { name: 'other sockets', move: (it: Manner) => moveOtherSockets(it) },
  ...seeds(SEEDS).map((seed) => ({
    name: `seed ${seed}`,
    move: (manner: Manner) => void simulate(seed, { at: [EVERY, EVERY], manner }),
  })),
];

/** For each field the first case that carries it. */
function firstCases(): Map<string, Case> {
  const first = new Map<string, Case>();
  for (const one of CASE_LIST) {
    if (first.size === FIELD_NAMES.length) break;
    one.move({
      inTransit: (record) => {
        for (const field of fieldsIn(record)) if (!first.has(field)) first.set(field, one);
        return record;
      },
    });
  }
  return first;
}

describe('a field of the schema', () => {
  const first = firstCases();

  it('is carried by at least one of the moves', () => {
    expect(FIELD_NAMES.filter((field) => !first.has(field))).toEqual([]);
  });

  it.each(FIELD_NAMES)('is missed if it is left out: %s', (field) => {
    const one = first.get(field);
    expect(() => one?.move({ inTransit: (record) => without(field, record) })).toThrow(MoveError);
  });
});
