/**
 * A service in NATS's micro-service convention (ADR-32), on plain subscriptions: @nats-io/services
 * depends on an older core than the transport, and the protocol is small.
 *
 * - Requests to an endpoint go to one member of the queue group `q`.
 * - `$SRV.PING`, `$SRV.INFO`, `$SRV.STATS`, each also with `.<name>` and `.<name>.<id>`, are
 *   answered by all instances, in JSON with the type `io.nats.micro.v1.ping_response` and so on.
 * - An error has the headers `Nats-Service-Error` and `Nats-Service-Error-Code`.
 */
import {
  headers,
  type Msg,
  type NatsConnection,
  nuid,
  type Subscription,
} from '@nats-io/transport-node';
import type { RequestHandler, RunningService, ServiceDescription } from './bus.ts';

export const SERVICE_ERROR_HEADER = 'Nats-Service-Error';
export const SERVICE_ERROR_CODE_HEADER = 'Nats-Service-Error-Code';

const QUEUE_GROUP = 'q';
const NO_BYTES = new Uint8Array(0);

/**
 * The statistics of an endpoint in the reply to `$SRV.STATS`, with its field names. Times in
 * nanoseconds.
 */
interface EndpointStats {
  readonly name: string;
  readonly subject: string;
  readonly queue_group: string;
  num_requests: number;
  num_errors: number;
  last_error: string;
  processing_time: number;
  average_processing_time: number;
}

export class NatsService implements RunningService {
  readonly #connection: NatsConnection;
  readonly #service: ServiceDescription;
  readonly #id = nuid.next();
  readonly #started = new Date().toISOString();
  readonly #subscriptions: Subscription[] = [];
  readonly #stats: EndpointStats[] = [];

  constructor(connection: NatsConnection, service: ServiceDescription) {
    this.#connection = connection;
    this.#service = service;
    for (const [name, { subject, handler }] of Object.entries(service.endpoints)) {
      this.#addEndpoint(name, subject, handler);
    }
    this.#answer('PING', () => this.#describe('ping', {}));
    this.#answer('INFO', () =>
      this.#describe('info', {
        description: service.description,
        endpoints: this.#stats.map(({ name, subject, queue_group }) => {
          return { name, subject, queue_group, metadata: {} };
        }),
      }),
    );
    this.#answer('STATS', () =>
      this.#describe('stats', { started: this.#started, endpoints: this.#stats }),
    );
  }

  #describe(type: string, more: object): object {
    const { name, version, metadata } = this.#service;
    const id = this.#id;
    return { type: `io.nats.micro.v1.${type}_response`, name, id, version, metadata, ...more };
  }

  /** Answers `$SRV.<verb>` for all services, for those of this name, and for this instance. */
  #answer(verb: string, reply: () => object): void {
    const { name } = this.#service;
    const encoder = new TextEncoder();
    for (const whom of ['', `.${name}`, `.${name}.${this.#id}`]) {
      const callback = (error: Error | null, message: Msg) => {
        if (error === null) message.respond(encoder.encode(JSON.stringify(reply())));
      };
      this.#subscriptions.push(this.#connection.subscribe(`$SRV.${verb}${whom}`, { callback }));
    }
  }

  #addEndpoint(name: string, subject: string, handler: RequestHandler): void {
    const stats: EndpointStats = {
      name,
      subject,
      queue_group: QUEUE_GROUP,
      num_requests: 0,
      num_errors: 0,
      last_error: '',
      processing_time: 0,
      average_processing_time: 0,
    };
    this.#stats.push(stats);
    const callback = (error: Error | null, message: Msg) => {
      if (error === null) void this.#handle(stats, handler, message);
    };
    this.#subscriptions.push(this.#connection.subscribe(subject, { queue: QUEUE_GROUP, callback }));
  }

  /** Never rejects: an error of the handler becomes the reply. */
  async #handle(stats: EndpointStats, handler: RequestHandler, message: Msg): Promise<void> {
    const startedMs = performance.now();
    stats.num_requests += 1;
    try {
      message.respond(await handler(message.data));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      stats.num_errors += 1;
      stats.last_error = why;
      this.#refuse(message, why);
    }
    stats.processing_time += Math.round((performance.now() - startedMs) * 1e6);
    stats.average_processing_time = Math.round(stats.processing_time / stats.num_requests);
  }

  #refuse(message: Msg, why: string): void {
    if (this.#connection.isClosed()) return;
    const error = headers();
    // A header must be one line.
    error.set(SERVICE_ERROR_HEADER, why.replace(/[\r\n]+/g, ' ') || 'failed');
    error.set(SERVICE_ERROR_CODE_HEADER, '500');
    message.respond(NO_BYTES, { headers: error });
  }

  /** Accepts no more requests. Requests in progress are still answered. */
  async stop(): Promise<void> {
    const subscriptions = this.#subscriptions.splice(0);
    if (this.#connection.isClosed()) return;
    await Promise.allSettled(subscriptions.map((subscription) => subscription.drain()));
  }
}
