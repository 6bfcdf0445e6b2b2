import { freshNamespace, LongRunning } from '@strata/e2e';
import { buildLwip } from '../native.ts';
import { PORTS } from '../programs/ports.ts';
import type { Stand } from './lab.ts';
import { ip, removeNamespace } from './program.ts';

const SERVER = '192.0.2.2';
const DEVICE = 'lwip0';

/** Most frames that wait for the reader. */
const QUEUE_FRAMES = 1000;

/**
 * Native lwIP over a TAP device in its own namespace. Throws MissingError if the library is
 * missing.
 */
export async function startLwip(): Promise<Stand> {
  const program = await buildLwip();
  const netns = freshNamespace();
  await ip(`netns add ${netns}`);
  const args = ['netns', 'exec', netns, program, DEVICE, SERVER, `${PORTS.bare}`];
  const lwip = new LongRunning('lwip', 'ip', args);
  await lwip.saysWithin('ready');
  await ip(`-n ${netns} addr add 192.0.2.1/24 dev ${DEVICE}`);
  await ip(`-n ${netns} link set ${DEVICE} txqueuelen ${QUEUE_FRAMES} up`);
  return {
    netns,
    address: SERVER,
    async stop() {
      await lwip.stop();
      await removeNamespace(netns);
    },
  };
}
