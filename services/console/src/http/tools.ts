import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { hint, type Logger } from '@strata/runtime';
import {
  defaultStack,
  type Outcome,
  serveTool,
  ToolError,
  type ToolIo,
  UPGRADE,
} from '@strata/tools';
import { loadTool, runTool, TOOL_NAMES } from '@strata/tools/engines';
import { ApiError } from './api-error.ts';
import { guard } from './guard.ts';
import type { ApiContext } from './route.ts';

interface ToolsOptions extends ApiContext {
  readonly listenHost: string;
  readonly log: Logger;
}

/** Most tools that run at once. */
const MAX_TOOLS = 16;

const PREFIX = '/api/tools/';

/**
 * GET /api/tools/NAME?stack=NAME with `Upgrade: strata-tool`: runs a tool on a stack's sockets, for
 * a command in another process. The connection is its standard input and output. If it ends, the
 * tool ends.
 */
export class Tools {
  readonly names = TOOL_NAMES;
  readonly #options: ToolsOptions;
  /** Connections of tools that run, each with the end of its tool. */
  readonly #running = new Map<Duplex, Promise<void>>();

  constructor(options: ToolsOptions) {
    this.#options = options;
  }

  /** Ends all tools. Resolves when their sockets are closed. */
  async close(): Promise<void> {
    const ended = [...this.#running.values()];
    for (const connection of this.#running.keys()) connection.destroy();
    await Promise.all(ended);
  }

  /** Handles the HTTP server's event 'upgrade'. */
  upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): void {
    connection.on('error', () => connection.destroy());
    try {
      guard(request, this.#options.listenHost);
      const { tool, stack } = this.#wanted(request);
      const headers = `connection: upgrade\r\nupgrade: ${UPGRADE}\r\n`;
      connection.write(`HTTP/1.1 101 Switching Protocols\r\n${headers}\r\n`);
      const start = (options: unknown, io: ToolIo) => this.#run(tool, stack, options, io);
      const ended = serveTool(connection, head, start).finally(() => {
        this.#running.delete(connection);
      });
      this.#running.set(connection, ended);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refuse(connection, error);
    }
  }

  #wanted({ url = '/', headers }: IncomingMessage): {
    readonly tool: string;
    readonly stack: string;
  } {
    const { pathname, searchParams } = new URL(url, 'http://console');
    if (headers.upgrade?.toLowerCase() !== UPGRADE || !pathname.startsWith(PREFIX)) {
      throw new ApiError(400, `only ${PREFIX}NAME upgrades, to ${UPGRADE}.`);
    }
    const tool = pathname.slice(PREFIX.length);
    if (!TOOL_NAMES.includes(tool)) {
      const known = TOOL_NAMES.join(', ');
      throw new ApiError(404, `there is no tool ${tool}; there is: ${known}.`);
    }
    if (this.#running.size >= MAX_TOOLS) {
      throw new ApiError(503, `${MAX_TOOLS} tools run already: end one of them first.`);
    }
    const { stacks } = this.#options.config;
    return { tool, stack: stackFor(stacks, searchParams.get('stack')) };
  }

  async #run(name: string, stack: string, options: unknown, io: ToolIo): Promise<Outcome> {
    const { bus, log } = this.#options;
    try {
      const tool = await loadTool(name);
      return { status: await runTool({ bus, stack, log }, tool!, options, io) };
    } catch (error) {
      if (error instanceof ToolError) return { error: error.message, status: error.status };
      if (!io.signal.aborted) log.error({ err: error, tool: name }, 'a tool failed');
      return { error: `${name} failed; the console's log says why`, status: 1 };
    }
  }
}

/** The stack that is named; else `client` if there is one, else the first. */
function stackFor(stacks: Readonly<Record<string, unknown>>, wanted: string | null): string {
  const known = Object.keys(stacks);
  const stack = wanted ?? defaultStack(known);
  if (stack !== undefined && known.includes(stack)) return stack;
  const there = `there is: ${known.join(', ')}${hint(stack ?? '', known)}`;
  throw new ApiError(404, `there is no stack ${stack}; ${there}.`);
}

function refuse(connection: Duplex, { status, message }: ApiError): void {
  const body = `${JSON.stringify({ error: message })}\n`;
  const headers = [
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  const line = `HTTP/1.1 ${status} ${STATUS_CODES[status]}`;
  connection.end(`${line}\r\n${headers.join('\r\n')}\r\n\r\n${body}`);
}
