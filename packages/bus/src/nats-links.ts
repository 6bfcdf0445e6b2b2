import type { NatsConnection } from '@nats-io/transport-node';
import type { BusStatus } from './bus.ts';
import { StatusReporter } from './status.ts';

/** The two connections of a bus. NATS keeps the order of messages within one connection. */
export interface NatsConnections {
  /** For PDUs. The server does not echo what this process publishes on it. */
  readonly pdu: NatsConnection;
  /** For requests, and for copies to viewers. */
  readonly control: NatsConnection;
}

/**
 * The state of both connections as one: `connected` while both are, `closed` as soon as one is
 * closed for good.
 */
export class NatsLinks {
  readonly #connections: NatsConnections;
  readonly #status = new StatusReporter('connected');
  readonly #isUp = { pdu: true, control: true };

  /**
   * Calls `onPdu` when the PDU connection is lost and when it is back, before it calls the
   * listeners.
   */
  constructor(connections: NatsConnections, onPdu: (isConnected: boolean) => void) {
    this.#connections = connections;
    for (const name of ['pdu', 'control'] as const) {
      const change = (isUp: boolean) => {
        this.#isUp[name] = isUp;
        if (name === 'pdu') onPdu(isUp);
        this.#status.set(this.#isUp.pdu && this.#isUp.control ? 'connected' : 'disconnected');
      };
      void watch(connections[name], change);
      void connections[name].closed().then(() => {
        this.#status.set('closed');
        change(false);
      });
    }
  }

  get status(): BusStatus {
    return this.#status.status;
  }

  get isControlConnected(): boolean {
    return this.#isUp.control;
  }

  /** Calls the listener at each change. Returns a function that stops it. */
  listen(listener: (status: BusStatus) => void): () => void {
    return this.#status.listen(listener);
  }

  /** Closes both connections at once. */
  async close(): Promise<void> {
    const { pdu, control } = this.#connections;
    const open = [pdu, control].filter((connection) => !connection.isClosed());
    await Promise.all(open.map((connection) => connection.close()));
    this.#status.set('closed');
  }
}

/** Reports when the connection is lost and when it is there again. */
async function watch(connection: NatsConnection, change: (isUp: boolean) => void): Promise<void> {
  for await (const { type } of connection.status()) {
    if (type === 'disconnect') change(false);
    else if (type === 'reconnect') change(true);
  }
}
