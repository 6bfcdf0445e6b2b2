import {
  BusError,
  type RequestHandler,
  type RunningService,
  type ServiceDescription,
} from './bus.ts';

/** Requests and the services that answer them, inside one process. */
export class MemoryServices {
  /** The instances of one endpoint answer in turn. */
  readonly #handlers = new Map<string, RequestHandler[]>();
  readonly #cancels = new Set<() => void>();
  #closed = false;

  serve(service: ServiceDescription): RunningService {
    if (this.#closed) throw new BusError('BUS_CLOSED', 'the bus is closed');
    const endpoints = Object.values(service.endpoints).map(({ subject, handler }) => ({
      subject,
      // A new function for each service, so that two may share one handler.
      handler: ((body) => handler(body)) as RequestHandler,
    }));
    for (const { subject, handler } of endpoints) {
      this.#handlers.set(subject, [...(this.#handlers.get(subject) ?? []), handler]);
    }
    return {
      stop: async () => {
        for (const { subject, handler } of endpoints) {
          const left = (this.#handlers.get(subject) ?? []).filter((other) => other !== handler);
          if (left.length === 0) this.#handlers.delete(subject);
          else this.#handlers.set(subject, left);
        }
      },
    };
  }

  request(subject: string, body: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    if (this.#closed) return Promise.reject(new BusError('BUS_CLOSED', 'the bus is closed'));
    const handlers = this.#handlers.get(subject);
    if (handlers === undefined) {
      return Promise.reject(new BusError('BUS_NO_RESPONDERS', `no service answers ${subject}`));
    }
    const handler = handlers.shift()!;
    handlers.push(handler);
    return this.#ask(handler, subject, body, timeoutMs);
  }

  #ask(
    handler: RequestHandler,
    subject: string,
    body: Uint8Array,
    timeoutMs: number,
  ): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const fail = (error: BusError) => {
        done();
        reject(error);
      };
      const timer = setTimeout(
        () => fail(new BusError('BUS_TIMEOUT', `${subject} did not answer within ${timeoutMs} ms`)),
        timeoutMs,
      );
      const cancel = () => fail(new BusError('BUS_CLOSED', 'the bus is closed'));
      const done = () => {
        clearTimeout(timer);
        this.#cancels.delete(cancel);
      };
      this.#cancels.add(cancel);
      Promise.resolve()
        .then(() => handler(body))
        .then(
          (reply) => {
            done();
            resolve(reply);
          },
          (error: unknown) => {
            const message = error instanceof Error ? error.message : String(error);
            fail(new BusError('BUS_REMOTE', message, { cause: error }));
          },
        );
    });
  }

  close(): void {
    this.#closed = true;
    this.#handlers.clear();
    for (const cancel of [...this.#cancels]) cancel();
  }
}
