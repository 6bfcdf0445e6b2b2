import { tcbFaults } from '@strata/simulator';
import type { HandoverRecord, HandoverSelection, TransportCore } from '@strata/transport';
import { decodeHandover, encodeHandover } from '../../src/index.ts';
import { difference } from './difference.ts';

/** Makes a core of the same stack whose clock says `startedAtMs` when the stack began. */
export type MakeCore = (startedAtMs: number) => TransportCore;

/** Changes a record on its way; what it returns arrives. */
export type InTransit = (record: HandoverRecord) => HandoverRecord;

/** Thrown where a move is not what it should be. */
export class MoveError extends Error {
  override readonly name = 'MoveError';
}

/** Who moves, when by its own clock, and where to. */
export interface Move {
  readonly from: TransportCore;
  readonly fromMs: number;
  readonly to: TransportCore;
  readonly toMs: number;
  readonly inTransit?: InTransit | undefined;
  /** Default: all there is, with what the stack has as a whole; then nothing may be left. */
  readonly which?: HandoverSelection | undefined;
  /** Whether what arrives is compared with what was sent. Default true. */
  readonly compares?: boolean | undefined;
}

const all = () => true;

/**
 * Takes state out of one core, encodes it, decodes it, and has another core take it in. Returns the
 * records as they were sent. Throws MoveError where the new core does not have what the old one
 * had, or where anybody hears of it.
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

/** What was taken out is gone, without a word. */
function expectNothingLeft(core: TransportCore): void {
  if (core.sockets().length > 0) throw new MoveError('the old core still has sockets');
  if (core.nextDeadlineMs() !== Infinity) throw new MoveError('the old core still has a timer');
  if (core.pollIndication() !== undefined) throw new MoveError('the application heard of the move');
  if (core.pollNetworkRequest() !== undefined) throw new MoveError('the peer heard of the move');
}

/** What was taken in is what was taken out, its sums are right, and nothing was said. */
function expectSame(
  records: readonly HandoverRecord[],
  again: readonly HandoverRecord[],
  core: TransportCore,
): void {
  const found = difference(sorted(records), sorted(again));
  if (found !== undefined) throw new MoveError(`not what was taken out: ${found}`);
  for (const tcb of core.connections()) {
    const faults = tcbFaults(tcb, true);
    if (faults.length > 0) throw new MoveError(faults.join('; '));
  }
  if (core.pollIndication() !== undefined) throw new MoveError('the move told the application');
  if (core.pollNetworkRequest() !== undefined) throw new MoveError('the move sent something');
}

/** By what they are and whose: the order of tables is nothing that is carried. */
function sorted(records: readonly HandoverRecord[]): HandoverRecord[] {
  const keyOf = (record: HandoverRecord) => {
    const [[name, message]] = Object.entries(record).filter(([key]) => key !== 'version') as [
      [string, { socket?: unknown; local?: unknown; remote?: unknown }],
    ];
    return JSON.stringify([name, message.socket, message.local, message.remote]);
  };
  return [...records].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
