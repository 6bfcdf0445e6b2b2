export { type NetworkOptions, startNetwork } from './network-service.ts';
