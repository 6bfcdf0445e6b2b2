import type { Rig } from './rig.ts';
import { advance } from './virtual-clock.ts';

/** Octets of a super-segment: 45 segments of 1,448. */
export const SUPER_SEGMENT_OCTETS = 65_160;
export const REQUEST_OCTETS = 100;
export const ANSWER_OCTETS = 200;

/** Resolves after some turns of the event loop: what was under way is done. */
export async function settle(turns = 4): Promise<void> {
  for (let i = 0; i < turns; i += 1) await new Promise(setImmediate);
}

/** What goes through the stack in one round. */
export type Round = () => Promise<void>;

/** The rounds that are counted, by what they are. */
export function roundsOf({ host, socket }: Rig, payload: Uint8Array): Record<string, Round> {
  const answer = payload.subarray(0, ANSWER_OCTETS);
  const request = payload.subarray(0, REQUEST_OCTETS);
  let read = 0;
  let answers = false;
  socket.on('data', (data) => {
    read += data.byteLength;
    if (answers) socket.write(answer);
  });
  return {
    /** One write of a super-segment, until it is acknowledged. */
    out: async () => {
      const wanted = host.received + payload.byteLength;
      socket.write(payload);
      await settle();
      if (host.received !== wanted) throw new Error(`${wanted - host.received} octets are missing`);
    },
    /** One super-segment from the host, until it is read and acknowledged. */
    in: async () => {
      const wanted = read + payload.byteLength;
      host.send(payload);
      await settle();
      if (read !== wanted) throw new Error(`${wanted - read} octets are missing`);
    },
    /** A small request and its answer, which the next request acknowledges. */
    request: async () => {
      const wanted = host.received + ANSWER_OCTETS;
      answers = true;
      host.acknowledges = false;
      host.send(request);
      await settle();
      answers = false;
      host.acknowledges = true;
      if (host.received !== wanted) throw new Error('no answer');
    },
  };
}

/**
 * Opens the congestion window, so that one super-segment goes out whole, and runs each way until
 * nothing new is compiled.
 */
export async function warmUp(rig: Rig, rounds: Record<string, Round>, times: number) {
  const { host, socket } = rig;
  const big = new Uint8Array(SUPER_SEGMENT_OCTETS);
  const wanted = host.received + 40 * big.byteLength;
  for (let i = 0; i < 40; i += 1) socket.write(big);
  for (let i = 0; host.received < wanted; i += 1) {
    if (i > 10_000) throw new Error('the window does not open');
    await settle();
  }
  for (let i = 0; i < times; i += 1) {
    for (const round of Object.values(rounds)) {
      advance(1);
      await round();
    }
  }
}
