/**
 * For `node --import`, together with --expose-gc: on SIGUSR2 the process prints its memory after a
 * full garbage collection.
 */
process.on('SIGUSR2', async () => {
  for (let i = 0; i < 4; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    globalThis.gc();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  console.error(`memory ${JSON.stringify({ heapUsed, external, rss })}`);
});
