export {
  type CheckContext,
  type Checker,
  checkFrame,
  checkPacket,
  checkSegment,
  type Expected,
  PduCheckError,
} from './check.ts';
export * from './headers.ts';
