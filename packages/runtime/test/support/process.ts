/**
 * A process that `run-until-signal.test.ts` starts. Its argument says what it does. It prints what
 * happens to standard output.
 */
import { runUntilSignal, SILENT } from '../../src/index.ts';

const [task = ''] = process.argv.slice(2);
process.on('exit', () => process.stdout.write('exit handler\n'));

await runUntilSignal({
  log: SILENT,
  start: async (lifecycle) => {
    lifecycle.add('part', {
      stop: async () => {
        process.stdout.write('stopping\n');
        if (task === 'slow') await new Promise((resolve) => setTimeout(resolve, 60_000));
        process.stdout.write('stopped\n');
      },
    });
    if (task === 'no start') throw new Error('the port is taken');
    if (task === 'crash') setTimeout(() => Promise.reject(new Error('a bug')), 10);
  },
  onReady: () => process.stdout.write('ready\n'),
  onFailure: (error) => process.stdout.write(`failure: ${(error as Error).message}\n`),
});
