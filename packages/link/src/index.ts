export { type LinkConfig, LinkCore } from './core.ts';
export { copyFrame } from './corrupt.ts';
export type { AdapterCounter, InterfaceCounters, LinkCounters } from './counters.ts';
export { LinkError, type LinkErrorCode } from './errors.ts';
export { appendFcs, verifyFcs } from './fcs.ts';
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
export { seededRandom } from './random.ts';
export {
  type InterfaceSnapshot,
  LINK_SNAPSHOT_VERSION,
  type LinkSnapshot,
  type NeighbourSnapshot,
  type NeighbourTableSnapshot,
} from './snapshot.ts';
export {
  LINK_SYSCTL_DEFAULTS,
  LINK_SYSCTL_RANGES,
  type LinkSysctl,
} from './sysctl.ts';
export { type SegmentCounters, type SegmentPort, VirtualSegment } from './virtual-segment.ts';
export { WireStations, type WireStationsOptions } from './wire-stations.ts';
