import { get, type IncomingMessage } from 'node:http';
import type { TraceEvent } from '@strata/service-console';
import { noConsole } from '../console-api.ts';
import { CliError } from '../failure.ts';
import type { EventHandlers, TraceSelection, TraceSource, Watch } from './source.ts';

/** Traces through the HTTP API of a console. */
export class ApiSource implements TraceSource {
  readonly #api: URL;

  constructor(api: URL) {
    this.#api = api;
  }

  events(selection: TraceSelection, handlers: EventHandlers): Watch {
    const url = new URL('/api/trace', this.#api);
    for (const stack of selection.stacks ?? []) url.searchParams.append('stack', stack);
    for (const layer of selection.layers ?? []) url.searchParams.append('layer', layer);
    for (const wire of selection.wires ?? []) url.searchParams.append('wire', wire);
    if (selection.hex) url.searchParams.set('hex', '1');
    return this.#watch(url, (response) => {
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const value = JSON.parse(line) as TraceEvent | { readonly dropped: number };
          if ('dropped' in value) handlers.onDropped(value.dropped);
          else handlers.onEvent(value);
        }
      });
    });
  }

  frames(stacks: readonly string[] | undefined, onPiece: (piece: Uint8Array) => void): Watch {
    let isClosed = false;
    let opened: Watch | undefined;
    const start = (async () => {
      const wanted = stacks ?? [await this.#firstStack()];
      const url = new URL('/api/capture', this.#api);
      for (const stack of wanted) url.searchParams.append('stack', stack);
      if (isClosed) return undefined;
      opened = this.#watch(url, (response) => response.on('data', onPiece));
      return opened;
    })();
    return {
      ready: start.then((watch) => watch?.ready),
      ended: start.then((watch) => watch?.ended),
      close: async () => {
        isClosed = true;
        await opened?.close();
      },
    };
  }

  async #firstStack(): Promise<string> {
    const stacks = await new Promise<string[]>((resolve, reject) => {
      get(new URL('/api/stacks', this.#api), (response) => {
        readBody(response).then((body) => {
          if (response.statusCode === 200) resolve(JSON.parse(body) as string[]);
          else reject(this.#refusal(body, response));
        }, reject);
      }).on('error', (error) => reject(this.#unreachable(error)));
    });
    const [first] = stacks;
    if (first === undefined) throw new CliError('the console knows no stack');
    return first;
  }

  #watch(url: URL, onOpen: (response: IncomingMessage) => void): Watch {
    let isClosed = false;
    const opened = deferred();
    const over = deferred();
    const request = get(url, (response) => {
      if (response.statusCode !== 200) {
        readBody(response).then(
          (body) => opened.reject(this.#refusal(body, response)),
          opened.reject,
        );
        return;
      }
      onOpen(response);
      opened.resolve();
      response.once('end', over.resolve);
      response.once('error', () => {
        if (isClosed) over.resolve();
        else over.reject(new CliError(`the console at ${this.#api.origin} went away`));
      });
    });
    request.on('error', (error) => {
      if (isClosed) over.resolve();
      else opened.reject(this.#unreachable(error));
    });
    return {
      ready: opened.promise,
      ended: over.promise,
      close: async () => {
        isClosed = true;
        request.destroy();
      },
    };
  }

  #unreachable(error: NodeJS.ErrnoException): CliError {
    return noConsole(this.#api, error.code === 'ECONNREFUSED' ? 'nobody answers' : error.message);
  }

  #refusal(body: string, response: IncomingMessage): CliError {
    try {
      const { error } = JSON.parse(body) as { error?: string };
      if (error !== undefined) return new CliError(error);
    } catch {
      // The body is not a console's: the message below gives the status.
    }
    return noConsole(this.#api, `another server answers there, with status ${response.statusCode}`);
  }
}

async function readBody(response: IncomingMessage): Promise<string> {
  let body = '';
  for await (const piece of response) body += String(piece);
  return body;
}

interface Deferred {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: Error): void;
}

function deferred(): Deferred {
  let resolve: () => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
