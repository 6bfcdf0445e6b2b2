export { type ApplicationOptions, startApplication } from './application-service.ts';
export { createHttpServer, type HttpOptions } from './http/server.ts';
