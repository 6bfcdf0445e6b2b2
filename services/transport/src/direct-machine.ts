import { type SessionPdu, unsequenced } from '@strata/contract';
import type { NetworkIndication } from '@strata/network';
import type { TransportCore, TransportIndication, TransportRequest } from '@strata/transport';
import {
  type BoundaryMachine,
  type TransportOutputs,
  takeNetworkRequests,
} from './transport-machine.ts';

/**
 * The transport core without sessions, for a lossless bus: requests and indications pass unchanged.
 * Transport and its applications run in one process there, so neither can end or restart alone.
 */
export class DirectMachine implements BoundaryMachine {
  readonly #core: TransportCore;

  constructor(core: TransportCore) {
    this.#core = core;
  }

  handleIndication(indication: NetworkIndication, nowMs: number): void {
    this.#core.handleIndication(indication, nowMs);
  }

  handleSession({ body }: SessionPdu<TransportRequest>, nowMs: number): void {
    if (body !== undefined) this.#core.handleRequest(body, nowMs);
  }

  handleTimeout(nowMs: number): void {
    this.#core.handleTimeout(nowMs);
  }

  nextDeadlineMs(): number {
    return this.#core.nextDeadlineMs();
  }

  isBusy(): boolean {
    return this.#core.isBusy();
  }

  flush(_nowMs: number, outputs: TransportOutputs): void {
    const core = this.#core;
    const requests = takeNetworkRequests(core);
    const pdus: SessionPdu<TransportIndication>[] = [];
    for (let it = core.pollIndication(); it !== undefined; it = core.pollIndication()) {
      pdus.push(unsequenced(it.endpoint, it));
    }
    if (requests.length > 0) outputs.toNetwork(requests);
    if (pdus.length > 0) outputs.toApplication(pdus);
  }
}
