/** The functions that the measurements in bench share with the end-to-end tests. */
export { removeAtSignals, startNatsServer } from '@strata/conformance';
export { run } from './command.ts';
export { Host } from './host.ts';
export {
  type Peers,
  startKernelPeers,
  startStackPeers,
  supportScript,
  type TcpCounters,
} from './linux-peers.ts';
export { memoryOf, reportsMemory } from './memory.ts';
export { LongRunning } from './process.ts';
export { hostAddress, type RouterLink, routerAddress, startRouter } from './routers.ts';
export { HELD_CONNECTIONS } from './scripts.ts';
export {
  freePort,
  freshNamespace,
  type ImpairmentOptions,
  LAYERS,
  launchService,
  STRATA,
  startOneProcess,
  temporaryFolder,
} from './stacks.ts';
export { waitFor } from './wait.ts';
