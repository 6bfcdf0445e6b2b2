import { strata } from '../src/gen/strata.js';
import { ContractError, transportHelloChannel } from '../src/index.ts';

const channel = transportHelloChannel('server');

describe('transportHelloChannel', () => {
  it('has the subject of the contract', () => {
    expect(`${channel.subject}.${channel.keyOf({ incarnation: 1 })}`).toBe(
      'strata.v1.server.ta.hello.transport',
    );
  });

  it.each([1, 2 ** 53 - 1])('carries incarnation %d', (incarnation) => {
    expect(channel.decode(channel.encode([{ incarnation }]))).toEqual([{ incarnation }]);
  });

  it('refuses a value that is not an incarnation, and an empty batch', () => {
    const none = strata.v1.TransportHelloBatch.encode({ pdus: [{}] }).finish();
    const empty = strata.v1.TransportHelloBatch.encode({ pdus: [] }).finish();
    expect(() => channel.decode(none)).toThrow(ContractError);
    expect(() => channel.decode(empty)).toThrow(ContractError);
    expect(() => channel.decode(Uint8Array.of(0xff))).toThrow(ContractError);
    expect(() => channel.encode([{ incarnation: 0 }])).toThrow(ContractError);
  });
});
