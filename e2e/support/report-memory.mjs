/**
 * Given to node by --import, beside --expose-gc: on SIGUSR2 a process says what memory it has after
 * all garbage is gone.
 */
process.on('SIGUSR2', async () => {
  for (let i = 0; i < 4; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    globalThis.gc();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  console.error(`memory ${JSON.stringify({ heapUsed, external, rss })}`);
});
