import {
  decodeSessionState,
  encodeSessionState,
  type TransportSessionState,
} from '@strata/contract';
import { strata } from '../src/gen/strata.js';

const STATE: TransportSessionState = {
  version: 1,
  endpoint: 'app-1',
  socket: 64,
  sndUna: 4,
  unacknowledged: [
    { kind: 'data', socket: 64, endpoint: 'app-1', offset: 10, data: Uint8Array.of(1, 2) },
    { kind: 'closed', socket: 64, endpoint: 'app-1', reason: 'reset', detail: 'by the peer' },
  ],
  rcvNxt: 9,
  ahead: [[11, { kind: 'credit', socket: 64, limitOctets: 500 }]],
  resendNext: 5,
  resendUntil: 6,
  backoff: 2,
  acknowledgeDue: 3,
  progressAgeMs: 12.5,
  heardAgeMs: 0.25,
};

describe('the state of a session', () => {
  it('is decoded as it was encoded', () => {
    const decoded = decodeSessionState(encodeSessionState(STATE));
    expect(decoded).toMatchObject(STATE as object);
    expect(Object.keys(decoded).sort()).toEqual(Object.keys(STATE).sort());
  });

  it('is decoded as it was encoded if nothing is pending', () => {
    const idle = { ...STATE, unacknowledged: [], ahead: [] };
    expect(decodeSessionState(encodeSessionState(idle))).toEqual(idle);
  });

  it.each(Object.keys(STATE))('changes if the field %s is removed', (field) => {
    const message = strata.v1.BoundarySession.decode(encodeSessionState(STATE));
    delete (message as unknown as Record<string, unknown>)[field];
    const bytes = strata.v1.BoundarySession.encode(message).finish();
    if (field === 'version') expect(() => decodeSessionState(bytes)).toThrow('version 0');
    else expect(decodeSessionState(bytes)).not.toMatchObject(STATE as object);
  });

  it('is refused if it has another version', () => {
    const bytes = encodeSessionState({ ...STATE, version: 2 });
    expect(() => decodeSessionState(bytes)).toThrow('a session of version 2: must be 1');
  });

  it('is refused if it has an unknown field', () => {
    const bytes = Uint8Array.of(...encodeSessionState(STATE), 0xa0, 0x06, 1);
    expect(() => decodeSessionState(bytes)).toThrow('an unknown field');
  });
});
