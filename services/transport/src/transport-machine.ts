import type { SessionPdu } from '@strata/contract';
import type { NetworkIndication, NetworkRequest } from '@strata/network';
import { type Machine, Sessions, TRANSPORT_RULES } from '@strata/runtime';
import type { TransportCore, TransportIndication, TransportRequest } from '@strata/transport';

/** What a machine gives out. */
export interface TransportOutputs {
  toNetwork(requests: NetworkRequest[]): void;
  toApplication(pdus: SessionPdu<TransportIndication>[]): void;
}

/** The transport core with the sessions of its applications, as one machine with one deadline. */
export class TransportMachine implements Machine {
  readonly core: TransportCore;
  readonly sessions: Sessions<TransportIndication, TransportRequest>;

  constructor(core: TransportCore, lossless: boolean) {
    this.core = core;
    this.sessions = new Sessions({ rules: TRANSPORT_RULES, lossless });
  }

  handleIndication(indication: NetworkIndication, nowMs: number): void {
    this.core.handleIndication(indication, nowMs);
  }

  handleSession(pdu: SessionPdu<TransportRequest>, nowMs: number): void {
    this.sessions.handle(pdu, nowMs);
    this.#takeRequests(nowMs);
  }

  handleTimeout(nowMs: number): void {
    this.core.handleTimeout(nowMs);
    this.sessions.handleTimeout(nowMs);
  }

  nextDeadlineMs(): number {
    return Math.min(this.core.nextDeadlineMs(), this.sessions.nextDeadlineMs());
  }

  /** Gives out all that is due. */
  flush(nowMs: number, outputs: TransportOutputs): void {
    this.#takeRequests(nowMs);
    this.#takeLost(nowMs);
    for (let it = this.core.pollIndication(); it !== undefined; it = this.core.pollIndication()) {
      this.sessions.send(it.endpoint, it.socket, it, nowMs);
    }
    const requests: NetworkRequest[] = [];
    for (
      let it = this.core.pollNetworkRequest();
      it !== undefined;
      it = this.core.pollNetworkRequest()
    ) {
      requests.push(it);
    }
    const pdus: SessionPdu<TransportIndication>[] = [];
    for (let it = this.sessions.pollPdu(); it !== undefined; it = this.sessions.pollPdu()) {
      pdus.push(it);
    }
    if (requests.length > 0) outputs.toNetwork(requests);
    if (pdus.length > 0) outputs.toApplication(pdus);
  }

  #takeRequests(nowMs: number): void {
    for (
      let delivery = this.sessions.pollDelivery();
      delivery !== undefined;
      delivery = this.sessions.pollDelivery()
    ) {
      this.core.handleRequest(delivery.body, nowMs);
    }
  }

  /** Sockets of an application that is gone: connections are reset, listeners and ports closed. */
  #takeLost(nowMs: number): void {
    for (let lost = this.sessions.pollLost(); lost !== undefined; lost = this.sessions.pollLost()) {
      this.core.handleRequest({ kind: 'abort', socket: lost.socket }, nowMs);
    }
  }
}
