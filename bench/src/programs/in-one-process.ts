/**
 * in-one-process.ts CONFIG NETNS HTTP-PORT CONSOLE-PORT: starts what `strata up` starts, and
 * servers of a few lines each on the stack `server`.
 */
import { startComposition } from '@strata/cli';
import { createLogger, runUntilSignal, withNetns } from '@strata/runtime';
import { loadConfig } from '@strata/runtime/config';
import { createStack } from '@strata/sockets';
import { startServersOn } from './on-stack.ts';

const [path, netns, httpPort, consolePort] = process.argv.slice(2);
const config = withNetns(loadConfig(path), netns!);
const log = createLogger('warn');

await runUntilSignal({
  log,
  async start(lifecycle) {
    const [forward, ...others] = config.forwards;
    const listen = { ...forward!.listen, port: Number(httpPort) };
    const console = { listen: { ...config.console.listen, port: Number(consolePort) } };
    const changed = { ...config, console, forwards: [{ ...forward!, listen }, ...others] };
    const { bus } = await startComposition(changed, lifecycle, log);
    const stack = createStack({ bus, stack: 'server', log });
    lifecycle.add('servers', { stop: () => stack.close(0) });
    await startServersOn(stack);
  },
  onReady: () => console.log('ready'),
});
