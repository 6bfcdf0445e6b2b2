/** The compliance suite for buses. Each implementation's tests run it. Needs jest's globals. */
import { describeBounds } from './bus/bounds.ts';
import { describeClaims } from './bus/claims.ts';
import { describeDelivery } from './bus/delivery.ts';
import { describeEnd } from './bus/end.ts';
import type { BusHarness } from './bus/harness.ts';
import { describeObservers } from './bus/observers.ts';
import { describeRequests } from './bus/requests.ts';

export type { BusHarness } from './bus/harness.ts';

/** Defines the suite. `make` returns a new bus for each test. */
export function describeBus(name: string, make: () => Promise<BusHarness>): void {
  describe(`bus compliance: ${name}`, () => {
    let harness: BusHarness;

    beforeEach(async () => {
      harness = await make();
    });

    afterEach(async () => {
      await harness.dispose();
    });

    const ends = () => harness;
    describe('delivery', () => describeDelivery(ends));
    describe('claims', () => describeClaims(ends));
    describe('bounds', () => describeBounds(ends));
    describe('requests', () => describeRequests(ends));
    describe('observers', () => describeObservers(ends));
    describe('the end', () => describeEnd(ends));
  });
}
