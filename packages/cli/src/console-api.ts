import { CliError } from './failure.ts';

/** The query of a request. A list becomes one parameter per value. */
type Query = Readonly<Record<string, string | readonly string[]>>;

/**
 * The console's HTTP API, for commands that ask once. All methods throw CliError, with the
 * console's message.
 */
export class ConsoleApi {
  readonly #url: URL;

  constructor(url: URL) {
    this.#url = url;
  }

  /** The names of the stacks; the first is the default. */
  stacks(): Promise<string[]> {
    return this.get('/api/stacks', {});
  }

  /** The stack asked for, or the first. */
  async stackOr(name: string | undefined): Promise<string> {
    const stack = name ?? (await this.stacks())[0];
    if (stack === undefined) throw new CliError('the console knows no stack');
    return stack;
  }

  async get<Answer>(path: string, query: Query): Promise<Answer> {
    return (await this.#ask(path, query, {})) as Answer;
  }

  put<Answer>(path: string, query: Query, body: object): Promise<Answer> {
    return this.#send('PUT', path, query, body);
  }

  /** `signal`: aborts the request; then it rejects. */
  post<Answer>(path: string, query: Query, body: object, signal?: AbortSignal): Promise<Answer> {
    return this.#send('POST', path, query, body, signal);
  }

  async #send<Answer>(
    method: string,
    path: string,
    query: Query,
    body: object,
    signal: AbortSignal | null = null,
  ): Promise<Answer> {
    const headers = { 'content-type': 'application/json' };
    const request = { method, headers, body: JSON.stringify(body), signal };
    return (await this.#ask(path, query, request)) as Answer;
  }

  async delete<Answer>(path: string, query: Query): Promise<Answer> {
    return (await this.#ask(path, query, { method: 'DELETE' })) as Answer;
  }

  async #ask(path: string, query: Query, request: RequestInit): Promise<unknown> {
    const url = new URL(path, this.#url);
    for (const [name, values] of Object.entries(query)) {
      for (const value of [values].flat()) url.searchParams.append(name, value);
    }
    let response: Response;
    try {
      response = await fetch(url, request);
    } catch (error) {
      throw this.#unreachable(error);
    }
    const text = await response.text();
    const answer = parse(text);
    if (response.ok && answer !== undefined) return answer;
    const { error, errno } = (answer ?? {}) as {
      readonly error?: unknown;
      readonly errno?: string;
    };
    if (typeof error === 'string') throw new CliError(error.replace(/\.$/, ''), errno);
    throw noConsole(this.#url, `another server answers there, with status ${response.status}`);
  }

  #unreachable(error: unknown): CliError {
    const { cause } = error as { readonly cause?: { readonly code?: string; message?: string } };
    const refused = cause?.code === 'ECONNREFUSED';
    const why = refused ? 'nobody answers' : (cause?.code ?? cause?.message ?? String(error));
    return noConsole(this.#url, why);
  }
}

/** The error for a missing console: its URL, the reason, and other ways to ask. */
export function noConsole(url: URL, why: string): CliError {
  return new CliError(
    `no console at ${url.origin} (${why}): is \`strata up\` running? --api URL asks another console; --nats URL (or STRATA_NATS) asks the layers over NATS`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
