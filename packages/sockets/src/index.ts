export type { AddressInfo } from './address-info.ts';
export {
  type BindOptions,
  DatagramSocket,
  type DatagramSocketOptions,
  type RemoteInfo,
} from './datagram-socket.ts';
export { errorOfReason, type SocketError, systemError } from './errors.ts';
export { attachHttp, StackAgent } from './http.ts';
export type { ConnectArguments, ConnectOptions } from './net/connect-options.ts';
export {
  type ListenArguments,
  type ListenOptions,
  Server,
  type ServerArguments,
  type ServerOptions,
} from './net/server.ts';
export { Socket } from './net/socket.ts';
export type { SocketOptions } from './net/socket-options.ts';
export { isImmutable, shareImmutable } from './port/slab.ts';
export type { TransportPort } from './port/transport-port.ts';
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
