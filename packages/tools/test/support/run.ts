import { Readable, Writable } from 'node:stream';
import { until } from '@strata/conformance';
import { loadTool, runTool } from '../../src/engines.ts';
import type { ToolEvent, ToolIo } from '../../src/index.ts';
import type { Pair } from './pair.ts';

/** A tool that runs, and what it has said so far. */
export interface Run {
  readonly status: Promise<number>;
  readonly events: readonly ToolEvent[];
  output(): Buffer;
  cancel(): void;
  /** The first event of this kind. */
  event(kind: string): Promise<ToolEvent>;
}

/** Input and output of a tool, kept in memory. */
export function memoryIo(stdin: Readable | string = '', signal?: AbortSignal) {
  const events: ToolEvent[] = [];
  const chunks: Buffer[] = [];
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  const io: ToolIo = {
    stdin:
      typeof stdin === 'string' ? Readable.from(stdin === '' ? [] : [Buffer.from(stdin)]) : stdin,
    stdout,
    event: async (record) => {
      events.push(record);
    },
    signal: signal ?? new AbortController().signal,
  };
  return { io, events, output: () => Buffer.concat(chunks) };
}

/** Starts a tool on a stack of the pair. */
export function run(
  pair: Pair,
  stack: 'server' | 'client',
  name: string,
  options: unknown,
  stdin: Readable | string = '',
): Run {
  const controller = new AbortController();
  const { io, events, output } = memoryIo(stdin, controller.signal);
  const status = loadTool(name).then((tool) =>
    runTool({ bus: pair.bus, stack }, tool!, options, io),
  );
  status.catch(() => undefined);
  return {
    status,
    events,
    output,
    cancel: () => controller.abort(),
    event: async (kind) => {
      const find = () => events.find((event) => event.kind === kind);
      await until(`the event ${kind}`, () => find() !== undefined);
      return find()!;
    },
  };
}
