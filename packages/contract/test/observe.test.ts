import {
  ContractError,
  decodeObserved,
  decodeWatch,
  encodeObserved,
  encodeWatch,
  observedSubject,
  watchSubject,
} from '../src/index.ts';

describe('messages between viewers and publishers', () => {
  it('have the subjects of the contract', () => {
    expect(watchSubject()).toBe('strata.v1.observe');
    expect(observedSubject('eye-1')).toBe('strata.v1.observe.eye-1');
    expect(() => observedSubject('a.b')).toThrow(ContractError);
  });

  it('carry a watch', () => {
    const taken = new Map([['p', 2 ** 40]]);
    const watch = { viewer: 'eye', leaseMs: 60_000, subjects: ['strata.v1.s.ln.req'], taken };
    expect(decodeWatch(encodeWatch(watch))).toEqual(watch);
    const leaving = { viewer: 'eye', leaseMs: 0, subjects: [], taken: new Map() };
    expect(decodeWatch(encodeWatch(leaving))).toEqual(leaving);
  });

  it.each([
    ['a batch', 'strata.v1.s.ln.req.0', Uint8Array.of(1, 2, 3)],
    ['an answer without a batch', '', new Uint8Array(0)],
  ])('carry %s', (_name, subject, batch) => {
    const observed = { publisher: 'p', passed: 7, octets: 2 ** 40, subject, batch };
    const decoded = decodeObserved(encodeObserved(observed));
    expect({ ...decoded, batch: [...decoded.batch] }).toEqual({ ...observed, batch: [...batch] });
  });

  it('refuse bytes that are neither a watch nor an observation', () => {
    expect(() => decodeWatch(new Uint8Array(0))).toThrow(ContractError);
    expect(() => decodeWatch(Uint8Array.of(0xff))).toThrow(ContractError);
    expect(() => decodeObserved(new Uint8Array(0))).toThrow(ContractError);
    const watch = { viewer: 'eye', leaseMs: 600_001, subjects: [], taken: new Map() };
    expect(() => encodeWatch(watch)).toThrow(ContractError);
    const many = Array.from({ length: 257 }, () => 'strata.v1.s.ln.req');
    expect(() => encodeWatch({ ...watch, leaseMs: 1, subjects: many })).toThrow(ContractError);
  });
});
