import type { Socket } from '@strata/sockets';
import { ToolError } from '../tool.ts';
import { MAX_JSON_OCTETS } from './protocol.ts';

/** How long the other side may take for a step that it does not wait with, milliseconds. */
const STEP_MS = 30_000;

/** The connection by which the two sides of a test agree. Also reads the cookie of a stream. */
export class Control {
  readonly socket: Socket;
  #waiting = Buffer.alloc(0);
  #wanted: { readonly octets: number; readonly resolve: (bytes: Buffer) => void } | undefined;
  #fail: ((error: Error) => void) | undefined;
  #ended: Error | undefined;
  readonly #take = (data: Buffer) => {
    this.#waiting = Buffer.concat([this.#waiting, data]);
    this.#settle();
  };

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', this.#take);
    socket.on('error', () => this.#end('the connection broke'));
    socket.on('end', () => this.#end('the other side closed the control connection unexpectedly'));
    socket.on('close', () => this.#end('the control connection is closed'));
  }

  /** The next octets. One read at a time. Rejects with ToolError at the end, or if it is late. */
  read(octets: number, timeoutMs = STEP_MS): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const timer =
        timeoutMs === Number.POSITIVE_INFINITY
          ? undefined
          : setTimeout(() => this.#end('the other side does not answer'), timeoutMs);
      this.#wanted = {
        octets,
        resolve: (bytes) => {
          clearTimeout(timer);
          resolve(bytes);
        },
      };
      this.#fail = (error) => {
        clearTimeout(timer);
        reject(error);
      };
      this.#settle();
    });
  }

  /** The next state. Waits for as long as the test takes. */
  async state(timeoutMs = STEP_MS): Promise<number> {
    return (await this.read(1, timeoutMs))[0]!;
  }

  sendState(state: number): void {
    if (this.socket.writable) this.socket.write(Buffer.from([state]));
  }

  /** JSON with its length before it. Throws ToolError if it is none, or too long. */
  async readJson(): Promise<Readonly<Record<string, unknown>>> {
    const octets = (await this.read(4)).readUInt32BE();
    if (octets > MAX_JSON_OCTETS) throw iperfError('the other side sends too much JSON');
    const text = (await this.read(octets)).toString();
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
    } catch {
      // Said below.
    }
    throw iperfError('the other side does not speak iperf3: no JSON where it has to be');
  }

  sendJson(value: object): void {
    const text = Buffer.from(JSON.stringify(value));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(text.byteLength);
    if (this.socket.writable) this.socket.write(Buffer.concat([length, text]));
  }

  /** Gives the socket away, after the cookie of a stream. What came behind it is data already. */
  release(): Buffer {
    this.socket.off('data', this.#take);
    return this.#waiting;
  }

  #settle(): void {
    const wanted = this.#wanted;
    if (wanted === undefined) return;
    if (this.#waiting.byteLength >= wanted.octets) {
      this.#wanted = undefined;
      this.#fail = undefined;
      const bytes = this.#waiting.subarray(0, wanted.octets);
      this.#waiting = this.#waiting.subarray(wanted.octets);
      wanted.resolve(bytes);
    } else if (this.#ended !== undefined) {
      this.#wanted = undefined;
      this.#fail?.(this.#ended);
      this.#fail = undefined;
    }
  }

  #end(why: string): void {
    this.#ended ??= iperfError(why);
    this.#settle();
  }
}

/** An error as iperf3 prints it. */
export function iperfError(message: string): ToolError {
  return new ToolError(`iperf3: error - ${message}`);
}
