import { WireStations } from '../src/index.ts';

const OWN = 0x020000000001;
const A = 0x02000000000a;
const B = 0x02000000000b;

describe('WireStations', () => {
  it('learns the source of a frame, and forgets it 300 s after it was last heard (IEEE 802.1D 7.8, 7.9.2)', () => {
    const stations = new WireStations({ own: OWN });
    expect(stations.has(A, 0)).toBe(false);
    stations.learn(A, 0);
    expect(stations.has(A, 300_000)).toBe(true);
    expect(stations.has(A, 300_001)).toBe(false);
    stations.learn(A, 250_000);
    expect(stations.has(A, 550_000)).toBe(true);
    expect(stations.has(A, 550_001)).toBe(false);
  });

  it('learns an aged station again', () => {
    const stations = new WireStations({ own: OWN });
    stations.learn(A, 0);
    stations.learn(A, 1_000_000);
    expect(stations.has(A, 1_000_000)).toBe(true);
    expect(stations.evicted).toBe(0);
  });

  it('forgets a station at once if it is heard on the other side', () => {
    const stations = new WireStations({ own: OWN });
    stations.learn(A, 0);
    stations.forget(A);
    expect(stations.has(A, 0)).toBe(false);
    stations.learn(A, 1);
    expect(stations.has(A, 1)).toBe(true);
  });

  it('learns no group address (7.8), nor its own: nobody takes the host off the network', () => {
    const stations = new WireStations({ own: OWN });
    for (const mac of [OWN, 0x01005e000001, 0xffffffffffff]) {
      stations.learn(mac, 0);
      expect(stations.has(mac, 0)).toBe(false);
    }
  });

  it('makes room by forgetting the station heard longest ago', () => {
    const stations = new WireStations({ own: OWN, maxStations: 3 });
    stations.learn(A, 0);
    stations.learn(B, 1_000);
    stations.learn(0x10, 2_000);
    stations.learn(A, 3_000);
    stations.learn(0x12, 4_000);
    const known = [A, B, 0x10, 0x12].map((mac) => stations.has(mac, 4_000));
    expect(known).toEqual([true, false, true, true]);
    expect(stations.evicted).toBe(1);
  });

  it('holds at most 4,096 stations', () => {
    const stations = new WireStations({ own: OWN });
    for (let i = 0; i < 10_000; i++) stations.learn(0x020100000000 + i, i);
    let known = 0;
    for (let i = 0; i < 10_000; i++) if (stations.has(0x020100000000 + i, 10_000)) known += 1;
    expect([known, stations.evicted]).toEqual([4096, 5904]);
    expect(stations.has(0x020100000000 + 9_999, 10_000)).toBe(true);
  });

  it('counts no eviction if the forgotten station was aged', () => {
    const stations = new WireStations({ own: OWN, maxStations: 1 });
    stations.learn(A, 0);
    stations.learn(B, 300_001);
    expect(stations.evicted).toBe(0);
  });

  it('skips frames to a known station, except one a second', () => {
    const stations = new WireStations({ own: OWN });
    expect(stations.passesOver(A, 0)).toBe(false);
    stations.learn(A, 0);
    const passed = [0, 1, 999, 1_000, 1_001].map((nowMs) => stations.passesOver(A, nowMs));
    expect(passed).toEqual([false, true, true, false, true]);
    stations.forget(A);
    expect(stations.passesOver(A, 1_002)).toBe(false);
  });

  it('skips no frame to an aged station', () => {
    const stations = new WireStations({ own: OWN });
    stations.learn(A, 0);
    stations.passesOver(A, 300_000);
    expect(stations.passesOver(A, 300_001)).toBe(false);
  });
});
