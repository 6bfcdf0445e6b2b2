export type { LinkConfig } from './config.ts';
export { LinkCore } from './core.ts';
export type { AdapterCounter, InterfaceCounters, LinkCounters } from './counters.ts';
export { LinkError, type LinkErrorCode } from './errors.ts';
export type { LinkEvent } from './event.ts';
export { fitFrame, NO_OFFLOAD } from './fit-frame.ts';
export { CorrelatedRandom } from './impairment/correlated-random.ts';
export { copyFrame } from './impairment/corrupt.ts';
export { DISTRIBUTIONS, type Distribution, deviation } from './impairment/distribution.ts';
export { Impairment, type ImpairmentDrop } from './impairment/impairment.ts';
export type { ImpairmentCounters } from './impairment/impairment-counters.ts';
export {
  completeLossModel,
  type ImpairmentSettings,
  isClearWire,
  isLossChain,
  type LossModel,
  mergeImpairment,
  NO_IMPAIRMENT,
  type SlotSettings,
} from './impairment/impairment-settings.ts';
export { seededRandom, sfc32 } from './impairment/random.ts';
export type { AddressState } from './interface/address-claim.ts';
export { isSecondary, withAddress, withoutAddress } from './interface/change-addresses.ts';
export type {
  InterfaceAddress,
  InterfaceConfig,
  InterfaceInfo,
  InterfaceOffload,
} from './interface/interface.ts';
export type { LinkRoute, LinkRoutes } from './interface/link-routes.ts';
export type {
  NeighbourFilter,
  NeighbourInfo,
  NeighbourSetting,
  NeighbourState,
} from './neighbour/neighbour.ts';
export type { LinkPdu } from './outcomes.ts';
export * from './pdu.ts';
export type {
  InterfaceSnapshot,
  LinkSnapshot,
  NeighbourSnapshot,
  NeighbourTableSnapshot,
} from './snapshot.ts';
export {
  createLinkKnobs,
  LINK_CONF,
  LINK_NEIGH,
  type LinkSysctl,
  listLinkKnobs,
} from './sysctl.ts';
export { WireStations, type WireStationsOptions } from './wire-stations.ts';
