export { AttachError, type AttachOptions, attachTool } from './attach/attach.ts';
export { UPGRADE } from './attach/frames.ts';
export { type Outcome, type Start, serveTool } from './attach/serve.ts';
export type { CurlEvent, CurlFigures, CurlOptions } from './curl/options.ts';
export type { Sides as IperfSides } from './iperf/end.ts';
export type { Figures as IperfFigures } from './iperf/figures.ts';
export type { Interval as IperfInterval } from './iperf/meter.ts';
export type { IperfOptions } from './iperf/options.ts';
export type { NcEvent, NcOptions } from './nc/options.ts';
export { systemMessage } from './system-messages.ts';
export {
  defaultStack,
  type Engine,
  type Tool,
  ToolError,
  type ToolEvent,
  type ToolIo,
} from './tool.ts';
