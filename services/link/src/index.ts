export { type LinkOptions, startLink } from './link-service.ts';
export { startTapBridges, type TapBridges } from './tap-bridges.ts';
export { startUdpBridges, type UdpBridges } from './udp-bridges.ts';
