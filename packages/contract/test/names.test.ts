import { NAMES_SocketState } from '../src/gen/codecs.ts';
import { SOCKET_STATES } from '../src/names.ts';

describe('SOCKET_STATES', () => {
  it('has the names and the order of the enum in control.proto', () => {
    expect(SOCKET_STATES).toEqual(NAMES_SocketState);
  });
});
