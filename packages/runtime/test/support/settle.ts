/**
 * Waits until a memory bus has delivered all messages. That takes a few turns of the event loop,
 * and no time.
 */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}
