import { z } from 'zod';
import { type Engine, type Tool, ToolError } from './tool.ts';

/** A port of a socket. */
export const portSchema = z.int().min(0).max(65_535);

/** A time in seconds, up to a day. */
export const secondsSchema = z.number().min(0).max(86_400);

/** A host: an address, or a name. */
export const hostSchema = z.string().min(1).max(253);

/** A tool whose options have this schema. */
export function defineTool<Options>(schema: z.ZodType<Options>, engine: Engine<Options>): Tool {
  return {
    prepare: (given) => {
      const options = parseOptions(schema, given);
      return (stack, io) => engine(stack, options, io);
    },
  };
}

/** Checks options that came from another process. Throws ToolError with all that is wrong. */
function parseOptions<Options>(schema: z.ZodType<Options>, given: unknown): Options {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  throw new ToolError(`the tool's options: ${faults.join('; ')}`, 2);
}
