/** What every bus must do: run by each implementation's tests. Needs jest's globals. */
import { describeBounds } from './bus/bounds.ts';
import { describeDelivery } from './bus/delivery.ts';
import { describeEnd } from './bus/end.ts';
import type { BusHarness } from './bus/harness.ts';
import { describeObservers } from './bus/observers.ts';
import { describeRequests } from './bus/requests.ts';

export type { BusHarness } from './bus/harness.ts';

/** The suite; `make` gives each test a bus of its own. */
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
    describe('bounds', () => describeBounds(ends));
    describe('requests', () => describeRequests(ends));
    describe('observers', () => describeObservers(ends));
    describe('the end', () => describeEnd(ends));
  });
}
