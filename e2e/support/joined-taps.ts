/**
 * node joined-taps.ts JSON: joins the TAP devices of several network namespaces by one virtual
 * wire, until SIGTERM. So Linux talks to Linux over the same path as Linux to a stack. Prints
 * `ready`.
 */
import { MemoryBus } from '@strata/bus';
import { createLogger, TapBridge } from '@strata/runtime';
import { validateConfig } from '@strata/runtime/config';
import type { ImpairmentOptions } from './stacks.ts';

interface Joined {
  readonly taps: readonly { readonly netns: string; readonly address: string }[];
  readonly impairment: ImpairmentOptions;
}

const { taps, impairment } = JSON.parse(process.argv[2]!) as Joined;
const wires = taps.map(({ netns, address }, i) => [
  `wire${i}`,
  { impairment, tap: { name: 'strata0', netns, address } },
]);
// The config has one wire for each TAP, because a wire has one TAP; on the bus all TAPs use the
// same wire. A config needs a stack, but none is started here.
const stack = { interfaces: [{ wire: 'wire0', addresses: ['192.0.2.254/24'] }] };
const text = { wires: Object.fromEntries(wires), stacks: { idle: stack }, forwards: [] };
const config = validateConfig(text, 'joined-taps');
const bus = new MemoryBus();
const log = createLogger('warn');
const bridges = Object.values(config.wires).map(
  (wire) => new TapBridge({ bus, wire: 'lan', config: wire, tap: wire.tap!, log }),
);
process.on('SIGTERM', async () => {
  for (const bridge of bridges) await bridge.stop();
  await bus.close();
  process.exit(0);
});
console.log('ready');
