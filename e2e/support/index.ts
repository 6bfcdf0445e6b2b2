/** What the measurements in bench share with the end-to-end tests. */
export { startNatsServer } from '@strata/conformance';
export { run } from './command.ts';
export { Host } from './host.ts';
export {
  type Peers,
  startKernelPeers,
  startStackPeers,
  supportScript,
  type TcpCounters,
} from './linux-peers.ts';
export { LongRunning } from './process.ts';
export { type ImpairmentOptions, startOneProcess, startServices } from './stacks.ts';
