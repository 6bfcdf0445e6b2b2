import { createRto, INITIAL_RTO_MS } from '../src/tcp/state/timers.ts';
import { backedOffRto, giveUpAfterMs, measureRtt } from '../src/tcp/timers/rto.ts';

describe('the retransmission timeout (RFC 6298)', () => {
  it('is one second before the first measurement (2.1)', () => {
    expect(createRto().rtoMs).toBe(INITIAL_RTO_MS);
    expect(INITIAL_RTO_MS).toBe(1000);
  });

  it('takes the first measurement as SRTT, half of it as RTTVAR (2.2)', () => {
    const state = createRto();
    measureRtt(state, 400, 1, 120_000);
    expect(state).toMatchObject({ srttMs: 400, rttvarMs: 200, rtoMs: 400 + 4 * 200 });
  });

  it('smooths with 1/8 and 1/4, RTTVAR by the old SRTT (2.3)', () => {
    const state = createRto();
    measureRtt(state, 400, 1, 120_000);
    measureRtt(state, 480, 1, 120_000);
    expect(state.rttvarMs).toBe(0.75 * 200 + 0.25 * 80);
    expect(state.srttMs).toBe(0.875 * 400 + 0.125 * 480);
  });

  it('is at least SRTT plus the minimum, and at most the maximum (2.4, 2.5)', () => {
    const state = createRto();
    for (let i = 0; i < 100; i += 1) measureRtt(state, 10, 200, 120_000);
    expect(state.rtoMs).toBe(210);
    measureRtt(state, 500_000, 200, 120_000);
    expect(state.rtoMs).toBe(120_000);
  });

  it('doubles with each backoff up to the maximum (5.5)', () => {
    const state = createRto();
    const at = (backoff: number) => backedOffRto({ ...state, backoff }, 120_000);
    expect([0, 1, 2, 3, 10].map(at)).toEqual([1000, 2000, 4000, 8000, 120_000]);
  });

  it('gives up after 924.6 s with tcp_retries2 = 15, as Linux documents', () => {
    expect(giveUpAfterMs(15, 200, 120_000)).toBe(924_600);
    expect(giveUpAfterMs(3, 200, 120_000)).toBe(3000);
  });
});
