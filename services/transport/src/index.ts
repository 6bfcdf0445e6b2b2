export { startTransport, type TransportOptions } from './transport-service.ts';
