import type { LocalAddresses } from '../addresses.ts';
import { HandoverError, malformed, type PlainMessage } from './plain.ts';
import {
  createChecks,
  type HandoverContent,
  type ProtocolHandover,
  Refusal,
  type TakeIn,
} from './protocol-handover.ts';
import {
  HANDOVER_VERSION,
  type HandoverRecord,
  type HandoverResult,
  type HandoverSelection,
} from './record.ts';

/** What a handover works on: the core's table of protocols, and the addresses of its stack. */
export interface HandoverContext {
  readonly protocols: readonly { readonly handover: ProtocolHandover }[];
  readonly addresses: LocalAddresses;
}

/** The records of the chosen objects, which stay. See {@link TransportCore.exportSockets}. */
export function copySockets(
  context: HandoverContext,
  which: HandoverSelection,
  nowMs: number,
): HandoverRecord[] {
  return choose(context, which).map((chosen) => withVersion(chosen.record(nowMs)));
}

/** Removes the chosen objects and returns their records. See {@link TransportCore.takeOut}. */
export function takeSocketsOut(
  context: HandoverContext,
  which: HandoverSelection,
  nowMs: number,
): HandoverRecord[] {
  const chosen = choose(context, which);
  const records = chosen.map((one) => withVersion(one.record(nowMs)));
  for (const one of chosen) one.release();
  return records;
}

/** The record of the state that belongs to no socket. */
export function copyStack({ protocols }: HandoverContext, nowMs: number): HandoverRecord {
  const parts = protocols.map(({ handover }) => handover.stack?.(nowMs));
  return withVersion({ stack: Object.assign({}, ...parts) });
}

/** Adds what a record of another stack holds. See {@link TransportCore.takeIn}. */
export function takeRecordIn(
  context: HandoverContext,
  record: HandoverRecord,
  baseMs: number,
): HandoverResult {
  try {
    takeIn(context, record, baseMs);
    return { outcome: 'taken', detail: '' };
  } catch (error) {
    if (error instanceof Refusal) return { outcome: error.outcome, detail: error.message };
    if (error instanceof HandoverError) return { outcome: error.fault, detail: error.message };
    throw error;
  }
}

function choose({ protocols }: HandoverContext, which: HandoverSelection) {
  return protocols.flatMap(({ handover }) => handover.choose(which));
}

function withVersion(content: Omit<HandoverRecord, 'version'>): HandoverRecord {
  return { version: HANDOVER_VERSION, ...content };
}

function takeIn(context: HandoverContext, record: HandoverRecord, baseMs: number): void {
  const { version, ...contents } = record;
  if (version !== HANDOVER_VERSION) {
    const detail = `version ${version}; read here: ${HANDOVER_VERSION}`;
    throw new Refusal('version not readable', detail);
  }
  const { protocols, addresses } = context;
  const takerOf = (name: string): TakeIn | undefined => {
    for (const { handover } of protocols) {
      const { takers } = handover;
      if (Object.hasOwn(takers, name)) return takers[name as HandoverContent];
    }
    return undefined;
  };
  const there = Object.entries(contents).filter(([, message]) => message !== undefined);
  for (const [name] of there) {
    if (takerOf(name) === undefined) throw new HandoverError('field not known', name);
  }
  const [content] = there;
  if (content === undefined || there.length > 1) {
    throw malformed('the record needs exactly one message');
  }
  const [name, message] = content;
  takerOf(name)!(message as PlainMessage, baseMs, createChecks(addresses, protocols));
}
