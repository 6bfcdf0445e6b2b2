import { tcbFaults } from '@strata/simulator';
import type { HandoverRecord, HandoverSelection, TransportCore } from '@strata/transport';
import { decodeHandover, encodeHandover } from '../../src/index.ts';
import { difference } from './difference.ts';

/**
 * Makes a core of the same stack. `startedAtMs`: the time of the new core's clock when the stack
 * began.
 */
export type MakeCore = (startedAtMs: number) => TransportCore;

/** Changes a record in transit: the record that it returns arrives. */
export type InTransit = (record: HandoverRecord) => HandoverRecord;

/** Thrown if a move fails or changes something. */
export class MoveError extends Error {
  override readonly name = 'MoveError';
}

/** From which core state moves, to which core, and when by each core's clock. */
export interface Move {
  readonly from: TransportCore;
  readonly fromMs: number;
  readonly to: TransportCore;
  readonly toMs: number;
  readonly inTransit?: InTransit | undefined;
  /** Default: all sockets and the state of the whole stack. Then nothing may be left behind. */
  readonly which?: HandoverSelection | undefined;
  /** Whether the arrived records are compared with those that were sent. Default true. */
  readonly compares?: boolean | undefined;
}

const all = () => true;

/**
 * Takes state out of one core, encodes it, decodes it, and takes it into another core. Returns the
 * records as they were sent. Throws MoveError if the new core does not have the old one's state, or
 * if the peer or the application notices the move.
 */
export function move({ from, fromMs, to, toMs, inTransit, which, compares }: Move) {
  const records = from.takeOut(which ?? all, fromMs);
  if (which === undefined) records.push(from.exportStack(fromMs));
  if (which === undefined) expectNothingLeft(from);
  const arrived = records.map((record) =>
    decodeHandover(encodeHandover(inTransit === undefined ? record : inTransit(record))),
  );
  for (const { outcome, detail } of to.takeIn(arrived, toMs)) {
    if (outcome !== 'taken') throw new MoveError(`${outcome}: ${detail}`);
  }
  const again = to.exportSockets(which ?? all, toMs);
  if (which === undefined) again.push(to.exportStack(toMs));
  if (compares ?? true) expectSame(records, again, to);
  return records;
}

/** The state that was taken out is gone, and the old core sent nothing. */
function expectNothingLeft(core: TransportCore): void {
  if (core.sockets().length > 0) throw new MoveError('the old core still has sockets');
  if (core.nextDeadlineMs() !== Infinity) throw new MoveError('the old core still has a timer');
  if (core.pollIndication() !== undefined)
    throw new MoveError('the old core told the application of the move');
  if (core.pollNetworkRequest() !== undefined)
    throw new MoveError('the old core sent the peer something');
}

/** The new core has the state that was taken out, its sums are right, and it sent nothing. */
function expectSame(
  records: readonly HandoverRecord[],
  again: readonly HandoverRecord[],
  core: TransportCore,
): void {
  const found = difference(sorted(records), sorted(again));
  if (found !== undefined)
    throw new MoveError(`the state that arrived differs from the state taken out: ${found}`);
  for (const tcb of core.connections()) {
    const faults = tcbFaults(tcb, true);
    if (faults.length > 0) throw new MoveError(faults.join('; '));
  }
  if (core.pollIndication() !== undefined)
    throw new MoveError('the new core told the application of the move');
  if (core.pollNetworkRequest() !== undefined)
    throw new MoveError('the new core sent the peer something');
}

/** Sorted by kind and identity, because the order of tables is not carried. */
function sorted(records: readonly HandoverRecord[]): HandoverRecord[] {
  const keyOf = (record: HandoverRecord) => {
    const [[name, message]] = Object.entries(record).filter(([key]) => key !== 'version') as [
      [string, { socket?: unknown; local?: unknown; remote?: unknown }],
    ];
    return JSON.stringify([name, message.socket, message.local, message.remote]);
  };
  return [...records].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
