import { movePeer, whatFollows } from './moved-peer.ts';
import { CASES, PEER_OPTIONS } from './peer-circumstances.ts';

describe.each(Object.entries(CASES))('a connection that is moved in %s', (state, circumstances) => {
  const builders = Object.entries(circumstances).filter(([, build]) => typeof build !== 'string');

  it.each(builders)('with %s goes on as without the move', (name, build) => {
    if (typeof build === 'string') throw new Error(build);
    const whole = build();
    const moved = build();
    // A listener or an accept queue is not a state of a connection.
    if (state !== 'LISTEN' && !(state === 'CLOSED' && name === 'idle')) {
      const shown = whole.core.sockets().filter(({ remote }) => remote.port !== 0);
      expect(shown.map((socket) => socket.state)).toContain(state);
    }
    movePeer(moved, PEER_OPTIONS);
    expect(whatFollows(moved)).toEqual(whatFollows(whole));
  });

  const others = Object.entries(circumstances).filter(([, build]) => typeof build === 'string');
  if (others.length > 0) {
    it.each(others)('has no case with %s: %s', (_, why) => {
      expect(why).not.toBe('');
    });
  }
});
