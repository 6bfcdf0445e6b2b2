export type { DeviceCounters, FrameDevice } from './device.ts';
export {
  DeviceFeatures,
  type DeviceFeaturesOptions,
  FeatureError,
  type FeatureState,
} from './features.ts';
export {
  ImpairedPath,
  type ImpairedPathOptions,
  type ImpairmentOwner,
  type PathSettings,
} from './impaired-path.ts';
export { TapBridge, type TapBridgeOptions } from './tap-bridge.ts';
export { TapPort, type TapPortOptions } from './tap-port.ts';
export { UdpBridge, type UdpBridgeOptions } from './udp-bridge.ts';
export { WirePort, type WirePortOptions } from './wire-port.ts';
