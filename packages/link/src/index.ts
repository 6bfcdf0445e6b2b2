export type { LinkConfig } from './config.ts';
export { LinkCore } from './core.ts';
export { copyFrame } from './corrupt.ts';
export type { AdapterCounter, InterfaceCounters, LinkCounters } from './counters.ts';
export { LinkError, type LinkErrorCode } from './errors.ts';
export { fitFrame, NO_OFFLOAD } from './fit-frame.ts';
export { Impairment, type ImpairmentCounters } from './impairment.ts';
export { type ImpairmentSettings, NO_IMPAIRMENT } from './impairment-settings.ts';
export type {
  InterfaceAddress,
  InterfaceConfig,
  InterfaceInfo,
  InterfaceOffload,
} from './interface.ts';
export type { NeighbourInfo, NeighbourState } from './neighbour.ts';
export type { LinkPdu } from './outcomes.ts';
export * from './pdu.ts';
export { seededRandom, sfc32 } from './random.ts';
export type {
  InterfaceSnapshot,
  LinkSnapshot,
  NeighbourSnapshot,
  NeighbourTableSnapshot,
} from './snapshot.ts';
export {
  LINK_SYSCTL_DEFAULTS,
  LINK_SYSCTL_RANGES,
  type LinkSysctl,
} from './sysctl.ts';
export { WireStations, type WireStationsOptions } from './wire-stations.ts';
