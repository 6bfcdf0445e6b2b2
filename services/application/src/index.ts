export { type ApplicationOptions, startApplication } from './application-service.ts';
