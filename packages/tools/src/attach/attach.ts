import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { ToolError, type ToolEvent, type ToolIo } from '../tool.ts';
import {
  type Frame,
  FrameReader,
  frameOf,
  jsonFrame,
  MAX_PAYLOAD_OCTETS,
  STDIN_WINDOW_OCTETS,
  UPGRADE,
} from './frames.ts';

/** How long a cancelled tool may take to end, milliseconds. */
const CANCEL_MS = 2000;

export interface AttachOptions {
  /** The console. */
  readonly url: URL;
  readonly tool: string;
  /** Default: the console's choice. */
  readonly stack?: string | undefined;
  readonly options: unknown;
  readonly io: ToolIo;
}

/** The console refused to run the tool, or it is not a console of ours. */
export class AttachError extends Error {
  override readonly name = 'AttachError';
  readonly code = 'ATTACH_REFUSED';
  /** HTTP's. */
  readonly httpStatus: number;

  constructor(httpStatus: number, message: string) {
    super(message);
    this.httpStatus = httpStatus;
  }
}

/**
 * Runs a tool in the process of a console, with the caller's input and output. Resolves to the exit
 * status. Rejects with ToolError if the tool fails, with AttachError if the console refuses, and
 * with the system's error if nobody listens there.
 */
export async function attachTool(options: AttachOptions): Promise<number> {
  const [connection, head] = await upgrade(options);
  return new Promise((resolve, reject) => {
    const attached = new AttachedTool(connection, options.io, resolve, reject);
    attached.begin(options.options, head);
  });
}

function upgrade({ url, tool, stack, io }: AttachOptions): Promise<[Socket, Buffer]> {
  const target = new URL(`/api/tools/${encodeURIComponent(tool)}`, url);
  if (stack !== undefined) target.searchParams.set('stack', stack);
  return new Promise((resolve, reject) => {
    const headers = { connection: 'upgrade', upgrade: UPGRADE };
    const request = httpRequest(target, { headers, signal: io.signal });
    request.once('upgrade', (_response, socket: Socket, head) => resolve([socket, head]));
    request.once('response', (response) => {
      void refusal(response).then(reject);
    });
    request.once('error', reject);
    request.end();
  });
}

async function refusal(response: IncomingMessage): Promise<AttachError> {
  let text = '';
  const status = response.statusCode ?? 0;
  try {
    for await (const data of response) if (text.length < 65_536) text += data;
    const { error } = JSON.parse(text) as { readonly error?: unknown };
    if (typeof error === 'string') return new AttachError(status, error);
  } catch {
    // Not our console's answer.
  }
  return new AttachError(status, '');
}

class AttachedTool {
  readonly #connection: Socket;
  readonly #io: ToolIo;
  readonly #resolve: (status: number) => void;
  readonly #reject: (error: Error) => void;
  readonly #reader = new FrameReader();
  #credit = STDIN_WINDOW_OCTETS;
  #isOver = false;
  #late: NodeJS.Timeout | undefined;
  readonly #cancel = () => this.#cancelled();
  readonly #readInput = () => this.#pump();
  readonly #inputEnded = () => this.#send(frameOf('stdin-end'));
  readonly #outputGone = () => this.#end(() => this.#resolve(0));
  readonly #outputReady = () => this.#connection.resume();

  constructor(
    connection: Socket,
    io: ToolIo,
    resolve: (status: number) => void,
    reject: (error: Error) => void,
  ) {
    this.#connection = connection;
    this.#io = io;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begin(options: unknown, head: Buffer): void {
    const { stdin, stdout, signal } = this.#io;
    const connection = this.#connection;
    connection.setNoDelay(true);
    connection.on('error', () => connection.destroy());
    connection.on('close', () => this.#lost());
    connection.on('data', (data: Buffer) => this.#take(data));
    stdin.on('readable', this.#readInput);
    stdin.on('end', this.#inputEnded);
    stdin.on('error', this.#inputEnded);
    stdout.on('error', this.#outputGone);
    stdout.on('drain', this.#outputReady);
    signal.addEventListener('abort', this.#cancel);
    this.#send(jsonFrame('options', options));
    if (signal.aborted) this.#cancelled();
    if (stdin.readableEnded) this.#inputEnded();
    this.#take(head);
  }

  #take(data: Buffer): void {
    try {
      for (const frame of this.#reader.push(data)) if (!this.#isOver) this.#handle(frame);
    } catch (error) {
      this.#fail(`the console's answer is not understood (${(error as Error).message})`);
    }
  }

  #handle({ type, payload }: Frame): void {
    const { stdout } = this.#io;
    switch (type) {
      case 'stdout':
        // A view of the reader's memory, which is not written to again.
        if (!stdout.write(payload)) this.#connection.pause();
        break;
      case 'event':
        void this.#io.event(JSON.parse(payload.toString()) as ToolEvent);
        break;
      case 'credit':
        this.#credit += (JSON.parse(payload.toString()) as { readonly octets: number }).octets;
        this.#pump();
        break;
      case 'exit': {
        const { status } = JSON.parse(payload.toString()) as { readonly status: number };
        this.#end(() => this.#resolve(status));
        break;
      }
      case 'error': {
        const { error, status } = JSON.parse(payload.toString()) as {
          readonly error: string;
          readonly status: number;
        };
        this.#end(() => this.#reject(new ToolError(error, status)));
        break;
      }
      default:
        this.#fail(`the console sent a ${type}`);
    }
  }

  /** Sends what standard input has, within the credit. */
  #pump(): void {
    const { stdin } = this.#io;
    while (!this.#isOver && this.#credit > 0) {
      const octets = Math.min(this.#credit, MAX_PAYLOAD_OCTETS, stdin.readableLength);
      // Without a size, a read at the end of the stream makes it emit 'end'.
      const chunk = stdin.read(octets || undefined) as Buffer | string | null;
      if (chunk === null) return;
      const data = Buffer.from(chunk);
      this.#credit -= data.byteLength;
      this.#send(frameOf('stdin', data));
    }
  }

  #cancelled(): void {
    this.#send(frameOf('cancel'));
    this.#connection.resume();
    this.#late = setTimeout(() => this.#connection.destroy(), CANCEL_MS);
  }

  #send(frame: Buffer): void {
    if (!this.#isOver && this.#connection.writable) this.#connection.write(frame);
  }

  #lost(): void {
    this.#fail('the console ended while the tool ran');
  }

  #fail(message: string): void {
    this.#end(() => this.#reject(new ToolError(message)));
  }

  /** Ends the run once. */
  #end(settle: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#late);
    const { stdin, stdout, signal } = this.#io;
    stdin.off('readable', this.#readInput);
    stdin.off('end', this.#inputEnded);
    stdin.off('error', this.#inputEnded);
    stdout.off('error', this.#outputGone);
    stdout.off('drain', this.#outputReady);
    signal.removeEventListener('abort', this.#cancel);
    this.#connection.destroy();
    settle();
  }
}
