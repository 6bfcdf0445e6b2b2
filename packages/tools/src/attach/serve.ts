import { type Duplex, Writable } from 'node:stream';
import type { ToolEvent, ToolIo } from '../tool.ts';
import { CreditedInput } from './credited-input.ts';
import { type Frame, FrameReader, frameHeader, jsonFrame, MAX_PAYLOAD_OCTETS } from './frames.ts';

/** Octets of the connection that may wait before an engine waits. */
const MAX_WAITING_OCTETS = 1_048_576;

/** How a run ended. */
export type Outcome =
  | { readonly status: number }
  | { readonly error: string; readonly status: number };

/** Runs a tool with these options. Never rejects. */
export type Start = (options: unknown, io: ToolIo) => Promise<Outcome>;

/**
 * Serves one tool on an upgraded connection: starts it when its options have come, and ends it if
 * the connection ends, or the other side breaks the rules. Resolves when the tool has ended and the
 * connection is closed.
 */
export function serveTool(connection: Duplex, head: Buffer, start: Start): Promise<void> {
  return new Promise((resolve) => {
    const served = new ServedTool(connection, start, resolve);
    served.take(head);
  });
}

class ServedTool {
  readonly #connection: Duplex;
  readonly #start: Start;
  readonly #onEnd: () => void;
  readonly #reader = new FrameReader();
  readonly #cancelled = new AbortController();
  readonly #stdin: CreditedInput;
  #running: Promise<void> | undefined;

  constructor(connection: Duplex, start: Start, onEnd: () => void) {
    this.#connection = connection;
    this.#start = start;
    this.#onEnd = onEnd;
    this.#stdin = new CreditedInput((octets) => this.#send(jsonFrame('credit', { octets })));
    this.#stdin.on('error', () => undefined);
    connection.on('data', (data: Buffer) => this.take(data));
    connection.on('error', () => connection.destroy());
    // A command keeps its side open as long as it lives.
    connection.on('end', () => connection.destroy());
    connection.once('close', () => this.#gone());
  }

  take(data: Buffer): void {
    try {
      for (const frame of this.#reader.push(data)) this.#handle(frame);
    } catch (error) {
      if (!(error instanceof RangeError) && !(error instanceof SyntaxError)) throw error;
      this.#connection.destroy();
    }
  }

  #handle({ type, payload }: Frame): void {
    switch (type) {
      case 'options':
        if (this.#running !== undefined) throw new RangeError('options twice');
        this.#running = this.#run(JSON.parse(payload.toString()));
        break;
      case 'stdin':
        this.#stdin.receive(payload);
        break;
      case 'stdin-end':
        this.#stdin.push(null);
        break;
      case 'cancel':
        this.#cancelled.abort();
        break;
      default:
        throw new RangeError(`a frame of type ${type} is the console's`);
    }
  }

  async #run(options: unknown): Promise<void> {
    const stdout = this.#createOutput();
    const io: ToolIo = {
      stdin: this.#stdin,
      stdout,
      event: (record) => this.#event(record),
      signal: this.#cancelled.signal,
    };
    const outcome = await this.#start(options, io);
    this.#stdin.destroy();
    await new Promise<void>((resolve) => stdout.end(() => resolve()));
    this.#send(jsonFrame('error' in outcome ? 'error' : 'exit', outcome));
    this.#connection.end();
  }

  #createOutput(): Writable {
    const output = new Writable({
      highWaterMark: MAX_PAYLOAD_OCTETS * 4,
      write: (chunk: Buffer, _encoding, done) => {
        for (let at = 0; at < chunk.byteLength; at += MAX_PAYLOAD_OCTETS) {
          const part = chunk.subarray(at, at + MAX_PAYLOAD_OCTETS);
          this.#send(frameHeader('stdout', part.byteLength));
          this.#send(part);
        }
        void this.#room().then(() => done());
      },
    });
    output.on('error', () => undefined);
    return output;
  }

  async #event(record: ToolEvent): Promise<void> {
    this.#send(jsonFrame('event', record));
    await this.#room();
  }

  #send(frame: Buffer): void {
    if (!this.#connection.destroyed) this.#connection.write(frame);
  }

  /** Resolves when little enough waits in the connection, or it is closed. */
  #room(): Promise<void> {
    const connection = this.#connection;
    if (connection.destroyed || connection.writableLength < MAX_WAITING_OCTETS) {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const settle = () => {
        connection.off('drain', settle);
        connection.off('close', settle);
        resolve();
      };
      connection.on('drain', settle);
      connection.on('close', settle);
    });
  }

  #gone(): void {
    this.#cancelled.abort();
    this.#stdin.destroy();
    void (this.#running ?? Promise.resolve()).then(this.#onEnd);
  }
}
