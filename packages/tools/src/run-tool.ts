import { type Bus, BusError } from '@strata/bus';
import { askControl, ControlError, type Logger } from '@strata/runtime';
import { createStack } from '@strata/sockets';
import { type Tool, ToolError, type ToolIo } from './tool.ts';
import { trackStack } from './tracked-stack.ts';

/** How long a cancelled engine may take to end, milliseconds. */
const CANCEL_MS = 1000;
/** How long transport may take to close the sockets that are left, milliseconds. */
const CLOSE_MS = 2000;
/** The exit status of a command that a person has cancelled, as a shell shows SIGINT's. */
const CANCELLED = 130;

export interface RunToolOptions {
  readonly bus: Bus;
  /** The stack whose sockets the tool uses. */
  readonly stack: string;
  readonly log?: Logger | undefined;
}

/**
 * Runs a tool on sockets of its own, and closes all that it leaves. Resolves to its exit status.
 * Rejects with ToolError for what a person can mend: wrong options, a stack that does not answer,
 * a failure that the tool reports.
 */
export async function runTool(
  { bus, stack: name, log }: RunToolOptions,
  tool: Tool,
  given: unknown,
  io: ToolIo,
): Promise<number> {
  const run = tool.prepare(given);
  await checkTransport(bus, name);
  const { stack, destroyAll } = trackStack(createStack({ bus, stack: name, log }));
  try {
    return await Promise.race([run(stack, io), cancelled(io.signal)]);
  } finally {
    destroyAll();
    await stack.close(io.signal.aborted ? CANCEL_MS : CLOSE_MS);
  }
}

/** A socket on a stack that is not there would wait for ever. */
async function checkTransport(bus: Bus, stack: string): Promise<void> {
  try {
    await askControl(bus, stack, 'transport', { kind: 'health' }, 'health');
  } catch (error) {
    if (!(error instanceof ControlError) && !(error instanceof BusError)) throw error;
    throw new ToolError(
      `transport of stack ${stack} does not answer (${error.message}): start the stack, or choose another one with --stack`,
    );
  }
}

/** Resolves a while after a cancel, for an engine that does not end by itself. */
function cancelled(signal: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    const wait = () => setTimeout(() => resolve(CANCELLED), CANCEL_MS).unref();
    if (signal.aborted) wait();
    else signal.addEventListener('abort', wait, { once: true });
  });
}
