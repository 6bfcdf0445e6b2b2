import type { NetworkIndication } from '@strata/network';
import {
  isTransition,
  TransportCore,
  type TransportIndication,
  type TransportRequest,
} from '@strata/transport';
import { OutcomeWatch } from './outcome-watch.ts';

/**
 * A transport core that is observed all the time: every test that uses it checks that each input
 * has an outcome, and that connections and their recovery go only the ways that the tables have.
 */
export class WatchedTransportCore extends TransportCore {
  readonly watch: OutcomeWatch;

  constructor(...args: ConstructorParameters<typeof TransportCore>) {
    super(...args);
    this.watch = new OutcomeWatch(this, (machine, from, on, to) =>
      isTransition(machine === 'recovery' ? 'recovery' : 'connection', from, on, to),
    );
  }

  override handleIndication(indication: NetworkIndication, nowMs: number): void {
    this.watch.input(() => super.handleIndication(indication, nowMs));
  }

  override handleRequest(request: TransportRequest, nowMs: number): void {
    this.watch.input(() => super.handleRequest(request, nowMs));
  }

  override pollIndication(): TransportIndication | undefined {
    const indication = super.pollIndication();
    if (indication === undefined) this.watch.take();
    return indication;
  }
}
