import type { NetworkIndication } from '@strata/network';
import type {
  HandoverRecord,
  HandoverResult,
  HandoverSelection,
  SocketFilter,
  SocketInfo,
  TransportConfig,
  TransportRequest,
} from '@strata/transport';
import { TransportCore } from '@strata/transport';

/** A core with another clock inside. The caller does not notice the difference. */
export class ShiftedCore extends TransportCore {
  readonly #byMs: number;

  constructor(config: TransportConfig, random: () => number, byMs: number) {
    super({ ...config, startedAtMs: (config.startedAtMs ?? 0) + byMs }, random);
    this.#byMs = byMs;
  }

  override handleIndication(indication: NetworkIndication, nowMs: number): void {
    super.handleIndication(indication, nowMs + this.#byMs);
  }

  override handleRequest(request: TransportRequest, nowMs: number): void {
    super.handleRequest(request, nowMs + this.#byMs);
  }

  override handleTimeout(nowMs: number): void {
    super.handleTimeout(nowMs + this.#byMs);
  }

  override shutDown(nowMs: number): void {
    super.shutDown(nowMs + this.#byMs);
  }

  override nextDeadlineMs(): number {
    const deadlineMs = super.nextDeadlineMs();
    const atMs = deadlineMs - this.#byMs;
    // If the difference was rounded down, the timer would not be due at that time.
    return atMs + this.#byMs >= deadlineMs ? atMs : atMs + Math.abs(atMs) * Number.EPSILON;
  }

  override sockets(nowMs?: number, filter?: SocketFilter): SocketInfo[] {
    return super.sockets(nowMs === undefined ? undefined : nowMs + this.#byMs, filter);
  }

  override takeOut(which: HandoverSelection, nowMs: number): HandoverRecord[] {
    return super.takeOut(which, nowMs + this.#byMs);
  }

  override exportSockets(which: HandoverSelection, nowMs: number): HandoverRecord[] {
    return super.exportSockets(which, nowMs + this.#byMs);
  }

  override exportStack(nowMs: number): HandoverRecord {
    return super.exportStack(nowMs + this.#byMs);
  }

  override takeIn(
    records: readonly HandoverRecord[],
    nowMs: number,
    transitMs?: number,
  ): HandoverResult[] {
    return super.takeIn(records, nowMs + this.#byMs, transitMs);
  }
}
