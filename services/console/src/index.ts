export { type Capture, type CaptureOptions, startCapture } from './capture/capture.ts';
export { PcapngStream } from './capture/pcapng-stream.ts';
export { ApiError } from './http/api-error.ts';
export { readJson } from './http/guard.ts';
export { type ApiHandler, type ApiRequest, type ApiRoutes, stackOf } from './http/route.ts';
export { type ConsoleOptions, type RunningConsole, startConsole } from './start.ts';
export {
  TRACE_LAYERS,
  type TraceDirection,
  type TraceEvent,
  type TraceLayer,
} from './trace/event.ts';
export { startTrace, type Trace, type TraceOptions } from './trace/trace.ts';
