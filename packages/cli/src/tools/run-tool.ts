import type { Readable } from 'node:stream';
import { hint } from '@strata/runtime/names';
import { AttachError, attachTool, defaultStack, ToolError, type ToolIo } from '@strata/tools';
import { noConsole } from '../console-api.ts';
import { CliError } from '../failure.ts';
import type { Layers, Target } from '../target.ts';

/** A tool to run, with options that JSON can carry. */
export interface ToolCall {
  readonly tool: string;
  /** Default: `client` if there is one, else the first. */
  readonly stack: string | undefined;
  readonly options: unknown;
}

/**
 * Runs a tool on the sockets of a stack. Over NATS it runs in this process; in one process with the
 * stacks it runs in their console. Resolves to the exit status. A fault that the tool reports is
 * printed. Throws CliError if the tool cannot be run at all.
 */
export async function runToolAt(
  target: Target | Promise<Target>,
  call: ToolCall,
  io: ToolIo,
): Promise<number> {
  const found = await target;
  try {
    if (found.kind === 'console') return await attach(found.url, call, io);
    return await runHere(found, call, io);
  } catch (error) {
    if (io.signal.aborted) return 1;
    if (!(error instanceof ToolError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error.status;
  }
}

async function attach(url: URL, call: ToolCall, io: ToolIo): Promise<number> {
  try {
    return await attachTool({ url, ...call, io });
  } catch (error) {
    if (error instanceof ToolError || io.signal.aborted) throw error;
    if (error instanceof AttachError) {
      if (error.message !== '') throw new CliError(error.message.replace(/\.$/, ''));
      throw noConsole(url, `another server answers there, with status ${error.httpStatus}`);
    }
    const { code, message } = error as NodeJS.ErrnoException;
    throw noConsole(url, code === 'ECONNREFUSED' ? 'nobody answers' : (code ?? message));
  }
}

async function runHere(layers: Layers, call: ToolCall, io: ToolIo): Promise<number> {
  const known = layers.stacks;
  const stack = call.stack ?? defaultStack(known);
  if (stack === undefined || !known.includes(stack)) {
    const there = `there is: ${known.join(', ')}${hint(stack ?? '', known)}`;
    throw new CliError(`there is no stack ${stack} in the config; ${there}`);
  }
  const { loadTool, runTool } = await import('@strata/tools/engines');
  const { withBus } = await import('../with-bus.ts');
  const tool = await loadTool(call.tool);
  return withBus(layers, (bus) => runTool({ bus, stack }, tool!, call.options, io));
}

/** Standard input, or a file, is no longer wanted: it must not hold the process. */
export function releaseInput(stdin: Readable): void {
  stdin.pause();
  (stdin as Readable & { unref?(): void }).unref?.();
}
