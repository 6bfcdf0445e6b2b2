export type { AddressInfo } from './address-info.ts';
export type { ConnectArguments, ConnectOptions } from './connect-options.ts';
export {
  type BindOptions,
  DatagramSocket,
  type DatagramSocketOptions,
  type RemoteInfo,
} from './datagram-socket.ts';
export { errorOfReason, type SocketError, systemError } from './errors.ts';
export { attachHttp, StackAgent } from './http.ts';
export { type ListenArguments, type ListenOptions, Server, type ServerOptions } from './server.ts';
export { isImmutable, shareImmutable } from './slab.ts';
export { Socket } from './socket.ts';
export type { SocketOptions } from './socket-options.ts';
export {
  createStack,
  createStackOnPort,
  type SocketDefaults,
  type Stack,
  type StackDgram,
  type StackNet,
  type StackOnPortOptions,
  type StackOptions,
} from './stack.ts';
export type { TransportPort } from './transport-port.ts';
