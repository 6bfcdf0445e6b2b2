import type { Bus } from '@strata/bus';
import type { Driver } from '../driver.ts';
import type { Sessions } from './sessions.ts';

/**
 * Tells sessions whether the bus is connected, now and at each change. While it is disconnected
 * they retransmit nothing and give up no peer. Returns how to stop it.
 */
export function followBus(
  bus: Bus,
  driver: Pick<Driver, 'run'>,
  sessions: Pick<Sessions<never, never>, 'handleConnected' | 'handleDisconnected'>,
): () => void {
  const setConnected = (connected: boolean) =>
    driver.run((nowMs) => {
      if (connected) sessions.handleConnected(nowMs);
      else sessions.handleDisconnected();
    });
  if (bus.status !== 'connected') setConnected(false);
  return bus.onStatus((status) => setConnected(status === 'connected'));
}
