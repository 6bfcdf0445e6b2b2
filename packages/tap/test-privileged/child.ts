/** A process for the tests to end or to run without permissions. */
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { openTap, type TapDevice, TapError, type TapOptions, tapAvailable } from '../src/index.ts';

const [task = '', json = '{}'] = process.argv.slice(2);
const options = JSON.parse(json) as TapOptions;

/** Opens the device; on failure prints the error and exits with 3. */
function open(): TapDevice {
  try {
    return openTap(options);
  } catch (error) {
    if (!(error instanceof TapError)) throw error;
    console.log(JSON.stringify({ code: error.code, message: error.message }));
    process.exit(3);
  }
}

function openReading(): TapDevice {
  const device = open();
  device.onFrames(() => undefined);
  return device;
}

const tasks: Record<string, () => void> = {
  open() {
    const device = open();
    console.log(
      execFileSync('ip', ['-j', '-d', 'link', 'show', device.name], { encoding: 'utf8' }),
    );
    device.close();
  },
  available() {
    console.log(JSON.stringify(tapAvailable()));
  },
  'close-at-exit'() {
    const device = openReading();
    process.on('exit', () => device.close());
    process.exit(0);
  },
  'end-without-close'() {
    openReading();
    process.exit(0);
  },
  unref() {
    const device = openReading();
    device.unref();
    process.on('exit', () => device.close());
  },
  /**
   * Ends a worker thread that has a device open. It loads the addon itself, because tsx does not
   * work in workers.
   */
  worker() {
    const code = `
      const { workerData, parentPort } = require('node:worker_threads');
      const addon = require(workerData.addon);
      const shared = { rxTable: new Uint32Array(128), txHeaders: new Uint8Array(640), txPartCounts: new Uint32Array(64), txResult: new Uint32Array(5) };
      const plain = { name: 'lab0', queues: 2, batchFrames: 64, virtioHeader: true, disableIpv6: true };
      const handle = addon.open({ ...plain, ...shared, netns: workerData.netns, handler: () => undefined });
      addon.start(handle);
      parentPort.postMessage(handle.name);
    `;
    const addon = fileURLToPath(new URL('../build/tap.node', import.meta.url));
    const worker = new Worker(code, { eval: true, workerData: { addon, netns: options.netns } });
    worker.on('message', () => worker.terminate());
    worker.on('exit', () => console.log('ended'));
  },
  'throw-in-handler'() {
    const device = open();
    process.on('uncaughtException', (error) => {
      console.log(error.message);
      device.close();
    });
    device.onFrames(() => {
      throw new Error('from the handler');
    });
    device.setUp(true);
    const ping = ['ping', '-c1', '-W1', '192.0.2.2'];
    spawnSync('ip', ['netns', 'exec', options.netns ?? '', ...ping], { stdio: 'ignore' });
  },
};

tasks[task]!();
