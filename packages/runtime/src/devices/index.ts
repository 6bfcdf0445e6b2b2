export type { DeviceCounters, FrameDevice } from './device.ts';
export { ImpairedPath, type ImpairedPathOptions } from './impaired-path.ts';
export { TapBridge, type TapBridgeOptions } from './tap-bridge.ts';
export { TapPort, type TapPortOptions } from './tap-port.ts';
export { WirePort, type WirePortOptions } from './wire-port.ts';
