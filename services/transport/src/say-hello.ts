import { randomInt } from 'node:crypto';
import type { Bus } from '@strata/bus';
import { transportHelloChannel } from '@strata/contract';
import { type Clock, SYSTEM_CLOCK } from '@strata/runtime';

/** Time between two hellos. */
const HELLO_MS = 1000;

/**
 * Tells all applications the incarnation of this transport, now and every second. Returns how to
 * stop it. A lossless bus needs no hello.
 */
export function sayHello(bus: Bus, stack: string, clock: Clock = SYSTEM_CLOCK): () => void {
  if (bus.lossless) return () => {};
  const channel = transportHelloChannel(stack);
  const hello = { incarnation: randomInt(1, 2 ** 48 - 1) };
  let cancel = () => {};
  const say = () => {
    bus.publish(channel, [hello]);
    cancel = clock.after(HELLO_MS, say);
  };
  say();
  return () => cancel();
}
